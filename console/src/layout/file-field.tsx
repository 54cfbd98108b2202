import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';

/** One file, chosen by the user. */
export function FileField({
  label,
  description,
  accept,
  errorText,
  file,
  onChange,
}: {
  label: string;
  description: string;
  /** File endings, with commas between them. */
  accept?: string;
  /** What is wrong with the file. */
  errorText?: string | undefined;
  file: File | undefined;
  onChange: (file: File | undefined) => void;
}) {
  return (
    <FormField label={label} description={description} errorText={errorText}>
      <FileUpload
        value={file === undefined ? [] : [file]}
        onChange={({ detail }) => onChange(detail.value[0])}
        {...(accept === undefined ? {} : { accept })}
        showFileSize
        i18nStrings={{
          uploadButtonText: () => 'Choose file',
          dropzoneText: () => 'Drop file here',
          removeFileAriaLabel: () => `Remove ${label}`,
          limitShowFewer: 'Show fewer',
          limitShowMore: 'Show more',
          errorIconAriaLabel: 'Error',
        }}
      />
    </FormField>
  );
}
