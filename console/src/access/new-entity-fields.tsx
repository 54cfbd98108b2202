import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Textarea from '@cloudscape-design/components/textarea';

interface Field {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

export function NameField({ label, value, onChange }: Field) {
  return (
    <FormField label={label}>
      <Input value={value} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

export function DocumentField({ label, description, value, onChange }: Field & { description?: string }) {
  return (
    <FormField label={label} description={description} stretch>
      <Textarea
        value={value}
        rows={12}
        spellcheck={false}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
