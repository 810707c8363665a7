/* A disk that fails, for the tests: loaded before the C library (LD_PRELOAD).
 *
 * DISK_FAULT=N  the Nth write, change of length or sync of a file is the fault. With 0 none is,
 *               and the number of operations is printed at the end.
 * DISK_CUT set  the fault is a loss of power: the process ends there, and all that was not synced
 *               is lost. Otherwise that one operation fails with EIO and changes nothing.
 *
 * Files whose name ends in "-shm" are not counted: they are memory of processes and are not
 * synced. What is lost is undone from the last change to the first, for every file by a descriptor
 * that stays open: to close one would release the locks of the process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 16, CHANGES = 65536 };

struct file { dev_t dev; ino_t ino; int fd; };
/* Before it was changed: the length of the file, and bytes at an offset. */
struct change { int file; off_t length, offset; size_t count; char *bytes; };

static struct file files[FILES];
static struct change changes[CHANGES];
static int file_count, change_count;
static long operation;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

typedef ssize_t (*write_fn)(int, const void *, size_t);
typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);
typedef int (*truncate_fn)(int, off_t);
typedef int (*sync_fn)(int);

/* The place of a regular file in `files`; -1 for anything else. */
static int file_of(int fd) {
    struct stat stat;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) return -1;
    for (int at = 0; at < file_count; at++)
        if (files[at].dev == stat.st_dev && files[at].ino == stat.st_ino) return at;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path);
    if (size >= 4 && memcmp(path + size - 4, "-shm", 4) == 0) return -1;
    if (file_count == FILES) abort();
    files[file_count] = (struct file){stat.st_dev, stat.st_ino, dup(fd)};
    return file_count++;
}

static void lose_power(void) {
    pwrite_fn put = (pwrite_fn)dlsym(RTLD_NEXT, "pwrite");
    truncate_fn cut = (truncate_fn)dlsym(RTLD_NEXT, "ftruncate");
    while (change_count > 0) {
        struct change *it = &changes[--change_count];
        int fd = files[it->file].fd;
        if (it->count > 0 && put(fd, it->bytes, it->count, it->offset) < 0) abort();
        if (cut(fd, it->length) != 0) abort();
    }
    _exit(137);
}

__attribute__((destructor)) static void report(void) {
    const char *at = getenv("DISK_FAULT");
    if (at != NULL && atol(at) == 0) dprintf(2, "operations %ld\n", operation);
}

/* Counts an operation; 1 if it fails. */
static int is_fault(void) {
    const char *at = getenv("DISK_FAULT");
    if (at == NULL || ++operation != atol(at)) return 0;
    if (getenv("DISK_CUT") != NULL) lose_power();
    errno = EIO;
    return 1;
}

/* Keeps what a change of `count` bytes at `offset` overwrites; the whole rest if `count` is -1. */
static void keep(int file, int fd, off_t offset, off_t count) {
    struct stat stat;
    if (getenv("DISK_CUT") == NULL) return;
    if (fstat(fd, &stat) != 0 || change_count == CHANGES) abort();
    off_t end = count < 0 || offset + count > stat.st_size ? stat.st_size : offset + count;
    size_t size = end > offset ? (size_t)(end - offset) : 0;
    char *bytes = malloc(size + 1);
    if (bytes == NULL) abort();
    if (size > 0 && pread(fd, bytes, size, offset) != (ssize_t)size) abort();
    changes[change_count++] = (struct change){file, stat.st_size, offset, size, bytes};
}

/* What was done to a file is on the disk. */
static void forget(int file) {
    int kept = 0;
    for (int at = 0; at < change_count; at++) {
        if (changes[at].file == file) free(changes[at].bytes);
        else changes[kept++] = changes[at];
    }
    change_count = kept;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    write_fn real = (write_fn)dlsym(RTLD_NEXT, "write");
    pthread_mutex_lock(&lock);
    int file = file_of(fd);
    ssize_t result = -1;
    if (file < 0 || !is_fault()) {
        if (file >= 0) keep(file, fd, lseek(fd, 0, SEEK_CUR), (off_t)count);
        result = real(fd, bytes, count);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    pwrite_fn real = (pwrite_fn)dlsym(RTLD_NEXT, "pwrite");
    pthread_mutex_lock(&lock);
    int file = file_of(fd);
    ssize_t result = -1;
    if (file < 0 || !is_fault()) {
        if (file >= 0) keep(file, fd, offset, (off_t)count);
        result = real(fd, bytes, count, offset);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite(fd, bytes, count, offset);
}

int ftruncate(int fd, off_t length) {
    truncate_fn real = (truncate_fn)dlsym(RTLD_NEXT, "ftruncate");
    pthread_mutex_lock(&lock);
    int file = file_of(fd), result = -1;
    if (file < 0 || !is_fault()) {
        if (file >= 0) keep(file, fd, length, -1);
        result = real(fd, length);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

static int sync_by(const char *name, int fd) {
    sync_fn real = (sync_fn)dlsym(RTLD_NEXT, name);
    pthread_mutex_lock(&lock);
    int file = file_of(fd), result = -1;
    if (file < 0 || !is_fault()) {
        result = real(fd);
        if (result == 0 && file >= 0) forget(file);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
