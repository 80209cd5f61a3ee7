// Commands of the phone as child processes.
#include "device/radios/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct child {
    pid_t pid; // 0 = nothing runs
    bool missing, killed;
    enum child_end end; // once killed
    int signals, input, output;
    int64_t deadline_ms;
    char *text; // for its input, owned
    size_t text_length, text_written;
    char *bytes; // of its output, owned
    size_t length, room;
};

struct child *child_new(void)
{
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct child *child = calloc(1, sizeof *child);
    if (child == NULL)
        return NULL;
    child->input = child->output = -1;
    sigprocmask(SIG_BLOCK, &chld, NULL);
    signal(SIGPIPE, SIG_IGN);
    child->signals = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
    if (child->signals < 0) {
        free(child);
        return NULL;
    }
    return child;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void child_kill(struct child *child, enum child_end end)
{
    if (child->pid == 0 || child->killed)
        return;
    kill(-child->pid, SIGKILL);
    child->killed = true;
    child->end = end;
}

void child_free(struct child *child)
{
    if (child == NULL)
        return;
    if (child->pid > 0) {
        child_kill(child, CHILD_TIMEOUT);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close_fd(&child->input);
    close_fd(&child->output);
    close_fd(&child->signals);
    free(child->text);
    free(child->bytes);
    free(child);
}

bool child_busy(const struct child *child)
{
    return child->pid > 0 || child->missing;
}

// In a process group of its own, so that all of it can be ended, and with the signals of a fresh program.
static pid_t spawn(const char *const argv[], int input, int output)
{
    pid_t pid = 0;
    sigset_t none, pipe;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (posix_spawn_file_actions_init(&files) != 0)
        return 0;
    if (posix_spawnattr_init(&how) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return 0;
    }
    bool good = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO) == 0 &&
                posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO) == 0 &&
                posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF) == 0 &&
                posix_spawnattr_setpgroup(&how, 0) == 0 && posix_spawnattr_setsigmask(&how, &none) == 0 &&
                posix_spawnattr_setsigdefault(&how, &pipe) == 0 &&
                posix_spawnp(&pid, argv[0], &files, &how, (char *const *)argv, environ) == 0;
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return good ? pid : 0;
}

void child_start(struct child *child, const char *const argv[], const char *input, int64_t now_ms,
                 int64_t timeout_ms)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    free(child->text);
    child->text = strdup(input != NULL ? input : "");
    child->text_length = child->text != NULL ? strlen(child->text) : 0;
    child->text_written = child->length = 0;
    child->killed = false;
    child->deadline_ms = now_ms + timeout_ms;
    if (child->text != NULL && pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0)
        child->pid = spawn(argv, in[0], out[1]);
    close_fd(&in[0]);
    close_fd(&out[1]);
    child->missing = child->pid == 0;
    if (child->missing) {
        close_fd(&in[1]);
        close_fd(&out[0]);
        return;
    }
    child->input = in[1];
    child->output = out[0];
    fcntl(child->input, F_SETFL, O_NONBLOCK);
    fcntl(child->output, F_SETFL, O_NONBLOCK);
}

void child_polls(const struct child *child, struct pollfd polls[CHILD_POLL_COUNT])
{
    polls[0] = (struct pollfd){.fd = child->pid > 0 ? child->signals : -1, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = child->output, .events = POLLIN};
    polls[2] = (struct pollfd){.fd = child->input, .events = POLLOUT};
}

int64_t child_deadline(const struct child *child)
{
    if (child->missing)
        return 0;
    return child->pid > 0 && !child->killed ? child->deadline_ms : INT64_MAX;
}

static void feed(struct child *child)
{
    while (child->input >= 0 && child->text_written < child->text_length) {
        ssize_t count =
            write(child->input, child->text + child->text_written, child->text_length - child->text_written);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count < 0)
            break; // it does not read: its exit code says what it thinks of that
        child->text_written += (size_t)count;
    }
    close_fd(&child->input);
}

static bool make_room(struct child *child)
{
    if (child->length + 1 < child->room)
        return true;
    size_t room = child->room == 0 ? 16384 : child->room * 2;
    char *grown = room <= CHILD_OUTPUT_MAX_BYTES ? realloc(child->bytes, room) : NULL;
    if (grown == NULL)
        return false;
    child->bytes = grown;
    child->room = room;
    return true;
}

static void drain(struct child *child)
{
    while (child->output >= 0) {
        if (!make_room(child)) {
            child_kill(child, CHILD_TOO_MUCH);
            close_fd(&child->output);
            return;
        }
        ssize_t count = read(child->output, child->bytes + child->length, child->room - child->length - 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0)
            close_fd(&child->output);
        else
            child->length += (size_t)count;
    }
}

static void tell(struct child *child, struct child_result *result, enum child_end end, int code)
{
    if (child->bytes != NULL)
        child->bytes[child->length] = '\0';
    else
        child->length = 0;
    *result = (struct child_result){.end = end,
                                    .code = code,
                                    .output = child->bytes != NULL ? child->bytes : "",
                                    .length = child->length};
}

bool child_step(struct child *child, struct child_result *result, int64_t now_ms)
{
    struct signalfd_siginfo info;
    int status;
    if (child->missing) {
        child->missing = false;
        tell(child, result, CHILD_MISSING, -1);
        return true;
    }
    if (child->pid == 0)
        return false;
    while (read(child->signals, &info, sizeof info) > 0)
        continue;
    feed(child);
    drain(child);
    if (now_ms >= child->deadline_ms)
        child_kill(child, CHILD_TIMEOUT);
    if (waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    drain(child); // what it wrote last; what its own children still may write is of no interest
    close_fd(&child->input);
    close_fd(&child->output);
    child->pid = 0;
    if (child->killed)
        tell(child, result, child->end, -1);
    else
        tell(child, result, CHILD_DONE, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return true;
}
