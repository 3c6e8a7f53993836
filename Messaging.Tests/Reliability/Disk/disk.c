/* A disk that is watched and can fail, for the service process: preloaded, it stands between SQLite and the system for
 * the ledger's files, and for nothing else.
 *
 * MESSAGING_DISK_LEDGER   the path of the database; its -wal and -journal and the folder that names them belong to it
 * MESSAGING_DISK_CONTROL  a file of 4096 bytes, mapped by the tests as well: struct control below
 * MESSAGING_DISK_LOG      where every change is written down: struct record below, then the bytes of a write; may be
 *                         left out
 *
 * The system is called directly, so that nothing here depends on what else is preloaded. A way of changing a file that
 * is not modelled ends the process: it would make every proof above it worthless. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum file { DATABASE, WAL, JOURNAL, FOLDER, UNTRACKED };
enum kind { OPEN, WRITE, SYNC, TRUNCATE, UNLINK };
enum action { FAIL, HALF, KILL_BEFORE, KILL_AFTER }; /* of HALF ones, the first writes half of it and the others fail */
enum entry { CREATED, WRITTEN, TRUNCATED, UNLINKED, SYNC_BEGUN, SYNCED, SYNC_FAILED };

struct control {
    _Atomic uint64_t operations; /* how many records there are; raised once the call has returned */
    _Atomic uint64_t sync_delay; /* microseconds before each sync */
    _Atomic uint64_t kinds;      /* the fault: a bit per kind, none for no fault */
    _Atomic uint64_t files;      /* a bit per file */
    _Atomic uint64_t first;      /* the first call, counted from 1, that it strikes */
    _Atomic uint64_t times;      /* how many calls it strikes from there on */
    _Atomic uint64_t action;
    _Atomic uint64_t error;      /* the errno */
    _Atomic uint64_t seen;       /* calls that fit so far */
    _Atomic uint64_t struck;     /* calls it has struck */
    _Atomic uint64_t retried;    /* syncs on a descriptor whose sync had failed */
    _Atomic uint64_t loaded;     /* processes that run on this disk, or have */
};

struct record {
    uint64_t number;
    uint32_t entry;
    uint32_t file;
    uint64_t offset; /* of a write; the size after a truncation; the record that began the sync */
    uint64_t length;
};

#define DESCRIPTORS 65536

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct control *control;
static int log_fd = -1;
static char paths[UNTRACKED][4096];
static _Atomic unsigned char tracked[DESCRIPTORS]; /* the file and 1; 0 for what is not the ledger's */
static _Atomic unsigned char failed[DESCRIPTORS];  /* its sync has failed */

__attribute__((noreturn)) static void give_up(const char *why)
{
    fprintf(stderr, "disk: %s\n", why);
    _exit(70);
}

__attribute__((noreturn)) static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

__attribute__((constructor)) static void load(void)
{
    const char *ledger = getenv("MESSAGING_DISK_LEDGER"), *at = getenv("MESSAGING_DISK_CONTROL");
    const char *log = getenv("MESSAGING_DISK_LOG");
    if (ledger == NULL || at == NULL)
        return;
    snprintf(paths[DATABASE], sizeof paths[0], "%s", ledger);
    snprintf(paths[WAL], sizeof paths[0], "%s-wal", ledger);
    snprintf(paths[JOURNAL], sizeof paths[0], "%s-journal", ledger);
    snprintf(paths[FOLDER], sizeof paths[0], "%s", ledger);
    char *slash = strrchr(paths[FOLDER], '/');
    if (slash == NULL)
        give_up("the ledger's path must be absolute");
    *slash = 0;

    int fd = syscall(SYS_openat, AT_FDCWD, at, O_RDWR | O_CLOEXEC, 0);
    control = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (control == MAP_FAILED)
        give_up("the control file can't be mapped");
    syscall(SYS_close, fd);
    if (log != NULL)
    {
        log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (log_fd < 0)
            give_up("the log can't be opened");
    }
    control->loaded++;
}

static enum file file_at(const char *path)
{
    if (control == NULL || path == NULL)
        return UNTRACKED;
    for (enum file file = DATABASE; file < UNTRACKED; file++)
        if (strcmp(path, paths[file]) == 0)
            return file;
    return UNTRACKED;
}

static enum file file_of(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS && tracked[fd] != 0 ? tracked[fd] - 1 : UNTRACKED;
}

/* Under the gate, after the call: what is counted has happened. */
static uint64_t put_down(enum entry entry, enum file file, uint64_t offset, const void *bytes, uint64_t length)
{
    struct record record = {control->operations + 1, entry, file, offset, length};
    if (log_fd >= 0)
    {
        struct iovec parts[2] = {{&record, sizeof record}, {(void *)bytes, bytes == NULL ? 0 : length}};
        ssize_t whole = parts[0].iov_len + parts[1].iov_len;
        if (syscall(SYS_writev, log_fd, parts, 2) != whole)
            give_up("the log can't be written");
    }
    control->operations = record.number;
    return record.number;
}

/* Under the gate, before the call: whether the fault strikes it, and how. */
static int is_struck(enum kind kind, enum file file, enum action *action)
{
    if (!(control->kinds >> kind & 1) || !(control->files >> file & 1))
        return 0;
    uint64_t seen = ++control->seen, first = control->first;
    if (seen < first || seen - first >= control->times)
        return 0;
    *action = control->action;
    if (*action == HALF && control->struck > 0)
        *action = FAIL;
    control->struck++;
    if (*action == KILL_BEFORE)
        die();
    return 1;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off64_t offset, int is_positioned)
{
    enum file file = file_of(fd);
    if (file == UNTRACKED)
        return is_positioned ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);

    pthread_mutex_lock(&gate);
    enum action action = FAIL;
    int struck = is_struck(WRITE, file, &action), error = 0;
    ssize_t done = -1;
    if (struck && action == FAIL)
        error = control->error;
    else
    {
        if (struck && action == HALF)
            length = length / 2;
        if (!is_positioned)
            offset = lseek64(fd, 0, SEEK_CUR);
        done = syscall(SYS_pwrite64, fd, bytes, length, offset);
        error = errno;
        if (done > 0)
        {
            if (!is_positioned)
                lseek64(fd, offset + done, SEEK_SET);
            put_down(WRITTEN, file, offset, bytes, done);
        }
    }
    if (struck && action == KILL_AFTER)
        die();
    pthread_mutex_unlock(&gate);
    errno = error;
    return done;
}

static int sync_file(int fd, long call)
{
    enum file file = file_of(fd);
    if (file == UNTRACKED)
        return syscall(call, fd);

    pthread_mutex_lock(&gate);
    enum action action = FAIL;
    int struck = is_struck(SYNC, file, &action), error = 0, result = -1;
    if (failed[fd])
        control->retried++;
    uint64_t begun = put_down(SYNC_BEGUN, file, 0, NULL, 0);
    pthread_mutex_unlock(&gate);

    /* Others write and sync meanwhile; what is written from here on is not covered. */
    uint64_t delay = control->sync_delay;
    if (delay > 0)
    {
        struct timespec time = {delay / 1000000, delay % 1000000 * 1000};
        while (nanosleep(&time, &time) != 0 && errno == EINTR)
            ;
    }
    if (struck && action != KILL_AFTER)
        error = control->error;
    else
    {
        result = syscall(call, fd);
        error = errno;
    }

    pthread_mutex_lock(&gate);
    if (result != 0)
        failed[fd] = 1;
    put_down(result == 0 ? SYNCED : SYNC_FAILED, file, begun, NULL, 0);
    if (struck && action == KILL_AFTER)
        die();
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static int truncate_to(int fd, enum file file, off64_t size)
{
    pthread_mutex_lock(&gate);
    enum action action = FAIL;
    int struck = is_struck(TRUNCATE, file, &action), error = 0, result = -1;
    if (struck && action != KILL_AFTER)
        error = control->error;
    else
    {
        result = syscall(SYS_ftruncate, fd, size);
        error = errno;
        if (result == 0)
            put_down(TRUNCATED, file, size, NULL, 0);
    }
    if (struck && action == KILL_AFTER)
        die();
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static int open_path(int folder, const char *path, int flags, mode_t mode)
{
    enum file file = file_at(path);
    if (file == UNTRACKED)
        return syscall(SYS_openat, folder, path, flags, mode);
    if (flags & O_TRUNC)
        give_up("a file of the ledger's is truncated as it is opened, which is not modelled");

    pthread_mutex_lock(&gate);
    enum action action = FAIL;
    int struck = is_struck(OPEN, file, &action), error = 0, fd = -1;
    if (struck && action != KILL_AFTER)
        error = control->error;
    else
    {
        int is_new = flags & O_CREAT && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
        fd = syscall(SYS_openat, folder, path, flags, mode);
        error = errno;
        if (fd >= DESCRIPTORS)
            give_up("too many descriptors");
        if (fd >= 0)
        {
            failed[fd] = 0;
            tracked[fd] = file + 1;
            if (is_new)
                put_down(CREATED, file, 0, NULL, 0);
        }
    }
    if (struck && action == KILL_AFTER)
        die();
    pthread_mutex_unlock(&gate);
    errno = error;
    return fd;
}

static int unlink_path(int folder, const char *path, int flags)
{
    enum file file = file_at(path);
    if (file == UNTRACKED)
        return syscall(SYS_unlinkat, folder, path, flags);

    pthread_mutex_lock(&gate);
    enum action action = FAIL;
    int struck = is_struck(UNLINK, file, &action), error = 0, result = -1;
    if (struck && action != KILL_AFTER)
        error = control->error;
    else
    {
        result = syscall(SYS_unlinkat, folder, path, flags);
        error = errno;
        if (result == 0)
            put_down(UNLINKED, file, 0, NULL, 0);
    }
    if (struck && action == KILL_AFTER)
        die();
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}

static mode_t mode_in(int flags, va_list rest)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned int) : 0;
}

#define OPENING(name)                                    \
    int name(const char *path, int flags, ...)           \
    {                                                    \
        va_list rest;                                    \
        va_start(rest, flags);                           \
        mode_t mode = mode_in(flags, rest);              \
        va_end(rest);                                    \
        return open_path(AT_FDCWD, path, flags, mode);   \
    }
#define OPENING_AT(name)                                     \
    int name(int folder, const char *path, int flags, ...)   \
    {                                                        \
        va_list rest;                                        \
        va_start(rest, flags);                               \
        mode_t mode = mode_in(flags, rest);                  \
        va_end(rest);                                        \
        return open_path(folder, path, flags, mode);         \
    }

OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)

ssize_t write(int fd, const void *bytes, size_t length) { return write_at(fd, bytes, length, 0, 0); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return write_at(fd, bytes, length, offset, 1); }

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
    return write_at(fd, bytes, length, offset, 1);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (file_of(fd) != UNTRACKED)
        give_up("writev on a file of the ledger's is not modelled");
    return syscall(SYS_writev, fd, parts, count);
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }

int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

int ftruncate64(int fd, off64_t size)
{
    enum file file = file_of(fd);
    return file == UNTRACKED ? syscall(SYS_ftruncate, fd, size) : truncate_to(fd, file, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int truncate(const char *path, off_t size)
{
    if (file_at(path) != UNTRACKED)
        give_up("truncate on a file of the ledger's is not modelled");
    return syscall(SYS_truncate, path, size);
}

int unlink(const char *path) { return unlink_path(AT_FDCWD, path, 0); }

int unlinkat(int folder, const char *path, int flags) { return unlink_path(folder, path, flags); }

int rename(const char *from, const char *to)
{
    if (file_at(from) != UNTRACKED || file_at(to) != UNTRACKED)
        give_up("a file of the ledger's is renamed, which is not modelled");
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int close(int fd)
{
    if (file_of(fd) != UNTRACKED)
        tracked[fd] = 0;
    return syscall(SYS_close, fd);
}
