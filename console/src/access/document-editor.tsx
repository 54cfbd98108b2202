import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { readPolicy } from '../keys/tabs/policy-document.ts';
import { Refusal } from '../layout/refusal.tsx';

/** A policy document that is shown and, when `save` is there, can be changed. */
export function DocumentEditor({
  document,
  save,
}: {
  document: string;
  /** Rejects with the API's error. */
  save?: (document: string) => Promise<void>;
}) {
  const [draft, setDraft] = useState<string>();
  const [error, setError] = useState<unknown>();
  if (draft === undefined) {
    return (
      <SpaceBetween size="s">
        <Box variant="pre">{document}</Box>
        {save === undefined ? null : (
          <Button
            onClick={() => {
              setError(undefined);
              setDraft(document);
            }}
          >
            Edit
          </Button>
        )}
      </SpaceBetween>
    );
  }
  const { problem } = readPolicy(draft);
  return (
    <SpaceBetween size="s">
      <FormField label="Policy document" stretch errorText={problem}>
        <Textarea
          value={draft}
          rows={16}
          spellcheck={false}
          onChange={({ detail }) => setDraft(detail.value)}
        />
      </FormField>
      {error === undefined ? null : <Refusal error={error} />}
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          variant="primary"
          disabled={problem !== undefined}
          onClick={() => {
            save?.(draft).then(() => setDraft(undefined), setError);
          }}
        >
          Save
        </Button>
        <Button onClick={() => setDraft(undefined)}>Cancel</Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}

/** As IAM's answers carry documents: URL-encoded (RFC 3986). Shown with line breaks. */
export function decodeDocument(encoded: string | undefined): string {
  const text = decodeURIComponent(encoded ?? '');
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
