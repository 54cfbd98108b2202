import { ListResourceTagsCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TagEditor from '@cloudscape-design/components/tag-editor';
import type { TagEditorProps } from '@cloudscape-design/components/tag-editor';
import { useCallback, useState } from 'react';
import { useAnswer } from '../../aws/use-answer.ts';
import { Loaded } from '../../layout/loaded.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { useSignedIn } from '../../session/session-context.ts';

const TAGS_AT_MOST = 50;

/** Tags of a key: all changes are made together when they are saved. */
export function TagsTab({ keyId }: { keyId: string }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [draft, setDraft] = useState<readonly TagEditorProps.Tag[]>();
  const [valid, setValid] = useState(true);
  const load = useCallback(async (): Promise<readonly TagEditorProps.Tag[]> => {
    const client = await clients.kms();
    const { Tags = [] } = await client.send(
      new ListResourceTagsCommand({ KeyId: keyId, Limit: TAGS_AT_MOST }),
    );
    return Tags.map(({ TagKey = '', TagValue = '' }) => ({ key: TagKey, value: TagValue, existing: true }));
  }, [clients, keyId]);
  const answer = useAnswer(load);

  const save = async (): Promise<void> => {
    const tags = draft ?? [];
    const kept = tags.filter(({ markedForRemoval }) => markedForRemoval !== true);
    const gone = tags.filter(({ markedForRemoval }) => markedForRemoval === true);
    try {
      const client = await clients.kms();
      if (gone.length > 0) {
        await client.send(new UntagResourceCommand({ KeyId: keyId, TagKeys: gone.map(({ key }) => key) }));
      }
      if (kept.length > 0) {
        const Tags = kept.map(({ key, value }) => ({ TagKey: key, TagValue: value }));
        await client.send(new TagResourceCommand({ KeyId: keyId, Tags }));
      }
      notifications.succeeded('The tags were saved.');
      setDraft(undefined);
      answer.reload();
    } catch (error) {
      notifications.failed('Save tags', error);
    }
  };

  return (
    <Container header={<Header variant="h2">Tags</Header>}>
      <Loaded answer={answer}>
        {(tags) => (
          <SpaceBetween size="m">
            <TagEditor
              tags={draft ?? tags}
              tagLimit={TAGS_AT_MOST}
              onChange={({ detail }) => {
                setDraft(detail.tags);
                setValid(detail.valid);
              }}
            />
            <Button variant="primary" disabled={draft === undefined || !valid} onClick={() => void save()}>
              Save
            </Button>
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}
