/** The one project of a fake, with its organization. */
export const project = {
  id: 'lf-project',
  name: 'LocalProject',
  organization: { id: 'lf-org', name: 'LocalOrg' },
  metadata: {},
} as const;

/** Its id. */
export const projectId: string = project.id;
