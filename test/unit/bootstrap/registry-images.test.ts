import { describe, expect, it } from '@jest/globals';
import { registryImages } from '../../../config/versions.ts';
import { whyLeftOut } from '../../../bootstrap/registry-images.ts';

describe('images of others', () => {
  it('are held to a version, and where it could be verified to a digest', () => {
    for (const reference of Object.values(registryImages)) {
      expect(reference).toMatch(/^[a-z]+\/[a-z]+:\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
    }
    expect(registryImages.grafana).toContain('@sha256:');
  });

  it('that are left out are named without their digest, with what to do', () => {
    expect(whyLeftOut('grafana')).toMatch(
      /^the image grafana\/grafana:[\d.]+ is not here and no registry gave it: npx plinth setup tries again$/,
    );
  });

  it('say when a registry was last asked', () => {
    expect(whyLeftOut('pgwatch', new Date('2026-11-30T12:34:56Z'))).toBe(
      'the image cybertecpostgresql/pgwatch:5.3.0 is not here and no registry gave it at 2026-11-30 12:34 UTC: npx plinth setup tries again',
    );
  });
});
