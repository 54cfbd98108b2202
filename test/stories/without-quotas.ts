/** Tests call faster than any quota lets them; those that are about quotas say so in their configuration. */
export const WITHOUT_REQUEST_QUOTAS = 'requestQuotas: { enforced: false }\n';
