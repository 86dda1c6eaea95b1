// Users of the image, by number (images/base/finish.sh).

/** The database's own. */
export const POSTGRES_UID = 10001;
/** That of the backups. */
export const BACKUP_UID = 10005;
