/* Directories that are copied on write: overlays, and copies where there can be none. */
#ifndef SWASM_TREES_H
#define SWASM_TREES_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* In a user namespace that was just made: the user and group are themselves. 0, or -errno. */
int swasm_map_user(uid_t user, gid_t group);
/* In a new mount namespace: the same directory again (O_PATH), or -errno. */
int swasm_find_again(int directory, const char *path);
/* A detached mount that shows `lower` and keeps what is changed in `upper`; `work` is empty and on the same file
 * system. Its descriptor, or -errno where there can be none. */
int swasm_mount_overlay(int lower, int upper, int work);
/* A directory of an upper layer that hides what is below it. */
int swasm_is_opaque(int directory);

/* Opens a path beneath a directory: no link is followed, no mount is crossed. A descriptor, or -errno. */
int swasm_open_beneath(int directory, const char *path, int flags);
/* Was a file made after a time? 0 where the file system does not say. */
int swasm_is_younger(int directory, const char *name, const struct timespec *time);
/* Renames to a name that is not there. 0, or -errno. */
int swasm_rename_new(int from, const char *old, int to, const char *new);
/* An exclusive lock for as long as the descriptor is open. 0, or -errno when somebody has it. */
int swasm_lock_folder(int directory);
int swasm_sync_file_system(int descriptor);

/* Copies a file to an empty one; holes stay holes. Bytes that were copied, -EFBIG beyond the limit, or -errno. */
int64_t swasm_copy_contents(int from, int to, int64_t limit);
/* Extended attributes and access lists, as far as they can be set. */
void swasm_copy_attributes(int from, int to);
/* 1 when two files hold the same bytes, 0 when not, -errno. */
int swasm_same_contents(int first, int second);

#endif
