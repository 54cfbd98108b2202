/** Which Regions one Claviger is: its endpoint serves all of them, told apart by what a request is signed for. */

/** As RegionType of the KMS model. */
const REGION = /^([a-z]+-){2,3}\d+$/;

/** Served beside the home Region when nothing else is said, so that multi-Region keys have somewhere to go. */
const COMPANIONS = ['us-west-2', 'eu-west-1'];

/**
 * @param configured Regions with commas between them; undefined: the default
 * @returns the home Region first, none twice
 * @throws Error when a name is none of a Region
 */
export function servedRegions(home: string, configured: string | undefined): string[] {
  const others = configured === undefined ? COMPANIONS : configured.split(',').map((name) => name.trim());
  const regions = [...new Set([home, ...others.filter((name) => name !== '')])];
  regions.forEach(requireRegion);
  return regions;
}

/** @throws Error when the name is none of a Region */
export function requireRegion(name: string): void {
  if (!REGION.test(name)) throw new Error(`'${name}' is not the name of a Region`);
}
