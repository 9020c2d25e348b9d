/* LD_PRELOAD: write down every change of files under $RECORD_UNDER, in order, into $RECORD_TO.
   A record: kind byte (w write, t truncate, s sync, u unlink), path length, path, offset, data length, data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;

static ssize_t raw_write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    return real(fd, data, size);
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    const char *under = getenv("RECORD_UNDER");
    if (!under || fd == out) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, under, strlen(under)) == 0;
}

static void record(char kind, const char *path, int64_t offset, const void *data, uint32_t size) {
    uint16_t length = (uint16_t)strlen(path);
    if (out < 0) out = open(getenv("RECORD_TO"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    raw_write(out, &kind, 1);
    raw_write(out, &length, 2);
    raw_write(out, path, length);
    raw_write(out, &offset, 8);
    raw_write(out, &size, 4);
    if (size) raw_write(out, data, size);
}

static void note(char kind, int fd, int64_t offset, const void *data, uint32_t size) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) return;
    pthread_mutex_lock(&gate);
    record(kind, path, offset, data, size);
    pthread_mutex_unlock(&gate);
}

#define REAL(name) if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off_t); REAL("pwrite");
    ssize_t done = real(fd, data, size, offset);
    if (done > 0) note('w', fd, offset, data, (uint32_t)done);
    return done;
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off64_t); REAL("pwrite64");
    ssize_t done = real(fd, data, size, offset);
    if (done > 0) note('w', fd, offset, data, (uint32_t)done);
    return done;
}
ssize_t write(int fd, const void *data, size_t size) {
    char path[4096];
    off_t before = path_of(fd, path, sizeof path) ? lseek(fd, 0, SEEK_CUR) : -1;
    ssize_t done = raw_write(fd, data, size);
    if (done > 0 && before >= 0) note('w', fd, before, data, (uint32_t)done);
    return done;
}
int ftruncate(int fd, off_t size) {
    static int (*real)(int, off_t); REAL("ftruncate");
    int done = real(fd, size);
    if (!done) note('t', fd, size, "", 0);
    return done;
}
int ftruncate64(int fd, off64_t size) {
    static int (*real)(int, off64_t); REAL("ftruncate64");
    int done = real(fd, size);
    if (!done) note('t', fd, size, "", 0);
    return done;
}
int fsync(int fd) {
    static int (*real)(int); REAL("fsync");
    int done = real(fd);
    if (!done) note('s', fd, 0, "", 0);
    return done;
}
int fdatasync(int fd) {
    static int (*real)(int); REAL("fdatasync");
    int done = real(fd);
    if (!done) note('s', fd, 0, "", 0);
    return done;
}
int unlink(const char *path) {
    static int (*real)(const char *); REAL("unlink");
    int done = real(path);
    const char *under = getenv("RECORD_UNDER");
    if (!done && under && strncmp(path, under, strlen(under)) == 0) {
        pthread_mutex_lock(&gate);
        record('u', path, 0, "", 0);
        pthread_mutex_unlock(&gate);
    }
    return done;
}
