import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';

/** A command to run where Claviger's data is, for what the API has no call for; with a button that copies it. */
export function Command({ what, command }: { what: string; command: string }) {
  return (
    <SpaceBetween size="xxs">
      <Box color="text-body-secondary">{what}</Box>
      <div className="command">
        <CopyToClipboard
          variant="icon"
          textToCopy={command}
          copyButtonAriaLabel={`Copy the command ${command}`}
          copySuccessText="Copied"
          copyErrorText="It could not be copied"
        />
        <Box variant="code">{command}</Box>
      </div>
    </SpaceBetween>
  );
}
