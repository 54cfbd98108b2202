/** What the server's models call bytes; over the wire they are base64 (claviger-client.ts). */
declare type Buffer = Uint8Array;
