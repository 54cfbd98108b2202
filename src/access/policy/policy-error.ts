/** A policy document that is refused. Services make it their own error: MalformedPolicyDocument(Exception). */
import type { Position } from './json-tree.ts';

export class PolicyError extends Error {
  /** Where it is wrong; undefined when it is the document as a whole. */
  readonly position: Position | undefined;
  /** In AWS's words, and nothing else: what services answer. */
  readonly text: string;

  /**
   * @param text AWS's words for it
   * @param detail what exactly, in ours: for people, in explanations and command lines
   */
  constructor(text: string, position?: Position, detail?: string) {
    const where = position === undefined ? '' : ` (line ${position.line}, column ${position.column})`;
    super(detail === undefined ? `${text}${where}` : `${text} ${detail}${where}`);
    this.name = 'PolicyError';
    this.text = text;
    this.position = position;
  }
}
