/* Counts the writes to files below a folder and makes one of them fail.
 *
 * LD_PRELOAD puts these functions before those of the C library, whoever calls them: Python, the
 * libraries of PyAV, or those of OpenCV, from whatever thread.
 */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static int failing, error;
static atomic_int count;

/* Let the write of this number (from 0) below a folder fail with this errno. */
void fail_write(const char *below, int number, int with)
{
    failing = number;
    error = with;
    count = 0;
    snprintf(folder, sizeof folder, "%s/", below);
}

/* Return how many there were since then. */
int count_writes(void)
{
    return count;
}

static int fails(int file)
{
    char link[64], path[PATH_MAX] = "";
    if (!*folder)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, path, sizeof path - 1) < 0 || strncmp(path, folder, strlen(folder)))
        return 0;
    if (atomic_fetch_add(&count, 1) != failing)
        return 0;
    errno = error;
    return 1;
}

ssize_t write(int file, const void *bytes, size_t size)
{
    return fails(file) ? -1 : syscall(SYS_write, file, bytes, size);
}

ssize_t writev(int file, const struct iovec *pieces, int number)
{
    return fails(file) ? -1 : syscall(SYS_writev, file, pieces, number);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t place)
{
    return fails(file) ? -1 : syscall(SYS_pwrite64, file, bytes, size, place);
}

int ftruncate64(int file, off_t size)
{
    return fails(file) ? -1 : syscall(SYS_ftruncate, file, size);
}

ssize_t pwrite(int, const void *, size_t, off_t) __attribute__((alias("pwrite64")));
int ftruncate(int, off_t) __attribute__((alias("ftruncate64")));
