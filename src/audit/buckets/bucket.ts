/** Where trails deliver to: a folder, or a bucket of an S3-compatible service. */

export interface Bucket {
  /**
   * Writes an object; when it resolves the object is there for good. Writing the same again changes nothing.
   * @param metadata S3's user metadata: names without `x-amz-meta-`
   */
  put(key: string, body: Uint8Array, metadata: Readonly<Record<string, string>>): Promise<void>;
}
