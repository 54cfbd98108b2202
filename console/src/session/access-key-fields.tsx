import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';

export interface AccessKeyInput {
  accessKeyId: string;
  secretAccessKey: string;
}

export const NO_ACCESS_KEY: AccessKeyInput = { accessKeyId: '', secretAccessKey: '' };

/** Without the blanks that come along when it is copied. */
export function trimmed({ accessKeyId, secretAccessKey }: AccessKeyInput): AccessKeyInput {
  return { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
}

/** The two halves of an access key, named so that password managers know them. */
export function AccessKeyFields({
  value,
  description,
  autoFocus = false,
  onChange,
}: {
  value: AccessKeyInput;
  description?: string;
  autoFocus?: boolean;
  onChange: (value: AccessKeyInput) => void;
}) {
  return (
    <>
      <FormField label="Access key ID" description={description}>
        <Input
          value={value.accessKeyId}
          onChange={({ detail }) => onChange({ ...value, accessKeyId: detail.value })}
          autoComplete="username"
          autoFocus={autoFocus}
          spellcheck={false}
        />
      </FormField>
      <FormField label="Secret access key">
        <Input
          type="password"
          value={value.secretAccessKey}
          onChange={({ detail }) => onChange({ ...value, secretAccessKey: detail.value })}
          autoComplete="current-password"
        />
      </FormField>
    </>
  );
}
