// The radio as a child process.
#include "device/radio.h"

#include "common/crash.h"
#include "common/log.h"
#include "common/parse.h"
#include "device/backoff.h"
#include "device/radio_line.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGUMENTS_MAX = 32,
    RESTART_FIRST_MS = 500,
    RESTART_MAX_MS = 30000,
    QUEUE_MAX_BYTES = 4 * 1024 * 1024,
    NOTE_MAX_BYTES = 512, // of one line of its standard error
};

struct buffer {
    char *bytes;
    size_t length, room;
};

struct radio {
    struct radio_handler handler;
    void *context;
    char *command; // cut into arguments
    char *arguments[ARGUMENTS_MAX + 1];
    pid_t pid; // 0 = not running
    int input, output, notes;
    bool killed;
    int64_t start_at_ms;
    struct backoff backoff;
    struct buffer to, from, note;
};

struct radio *radio_new(const char *command, const struct radio_handler *handler, void *context)
{
    struct radio *radio = calloc(1, sizeof *radio);
    if (radio == NULL)
        return NULL;
    *radio = (struct radio){
        .handler = *handler,
        .context = context,
        .command = strdup(command),
        .input = -1,
        .output = -1,
        .notes = -1,
        .backoff = {.first_ms = RESTART_FIRST_MS, .max_ms = RESTART_MAX_MS},
    };
    if (radio->command == NULL) {
        free(radio);
        return NULL;
    }
    char *rest = radio->command, *word;
    size_t count = 0;
    while ((word = strsep(&rest, " ")) != NULL && count < ARGUMENTS_MAX) {
        if (word[0] != '\0')
            radio->arguments[count++] = word;
    }
    return radio;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void radio_reap(struct radio *radio)
{
    close_fd(&radio->input);
    close_fd(&radio->output);
    close_fd(&radio->notes);
    if (radio->pid > 0) {
        kill(radio->pid, SIGKILL);
        while (waitpid(radio->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    radio->pid = 0;
    radio->killed = false;
    radio->to.length = radio->from.length = radio->note.length = 0;
}

void radio_free(struct radio *radio)
{
    if (radio == NULL)
        return;
    radio_reap(radio);
    free(radio->to.bytes);
    free(radio->from.bytes);
    free(radio->note.bytes);
    free(radio->command);
    free(radio);
}

static bool buffer_add(struct buffer *buffer, const char *bytes, size_t length, size_t max)
{
    if (buffer->length + length > max)
        return false;
    if (buffer->length + length > buffer->room) {
        size_t room = (buffer->length + length) * 2;
        char *grown = realloc(buffer->bytes, room);
        if (grown == NULL)
            return false;
        buffer->bytes = grown;
        buffer->room = room;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return true;
}

static void buffer_drop(struct buffer *buffer, size_t length)
{
    memmove(buffer->bytes, buffer->bytes + length, buffer->length - length);
    buffer->length -= length;
}

void radio_write_take(struct radio *radio, char *line)
{
    if (line != NULL && radio->pid > 0 && !buffer_add(&radio->to, line, strlen(line), QUEUE_MAX_BYTES))
        radio_kill(radio);
    free(line);
}

void radio_kill(struct radio *radio)
{
    if (radio->pid > 0 && !radio->killed) {
        kill(radio->pid, SIGKILL);
        radio->killed = true;
    }
}

void radio_settled(struct radio *radio)
{
    backoff_reset(&radio->backoff);
}

// In the child. The parent's death ends it too: a radio without its device must not go on sending.
static _Noreturn void radio_become(struct radio *radio, int input, int output, int notes, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(notes, 2) < 0)
        _exit(126);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    execvp(radio->arguments[0], radio->arguments);
    _exit(127);
}

static bool radio_start(struct radio *radio)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    bool ready = pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
    pid_t parent = getpid();
    pid_t pid = ready ? fork() : -1;
    if (pid == 0)
        radio_become(radio, in[0], out[1], err[1], parent);
    close_fd(&in[0]);
    close_fd(&out[1]);
    close_fd(&err[1]);
    if (pid < 0) {
        log_event(LOG_ERROR, "radio could not be started", "reason", strerror(errno), NULL);
        close_fd(&in[1]);
        close_fd(&out[0]);
        close_fd(&err[0]);
        return false;
    }
    radio->pid = pid;
    radio->input = in[1];
    radio->output = out[0];
    radio->notes = err[0];
    fcntl(radio->input, F_SETFL, O_NONBLOCK);
    fcntl(radio->output, F_SETFL, O_NONBLOCK);
    fcntl(radio->notes, F_SETFL, O_NONBLOCK);
    log_event(LOG_INFO, "radio started", "program", radio->arguments[0], "pid", log_number(pid), NULL);
    return true;
}

void radio_polls(const struct radio *radio, struct pollfd polls[RADIO_POLL_COUNT])
{
    polls[0] = (struct pollfd){.fd = radio->output, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = radio->notes, .events = POLLIN};
    polls[2] = (struct pollfd){.fd = radio->to.length > 0 ? radio->input : -1, .events = POLLOUT};
}

int64_t radio_deadline(const struct radio *radio)
{
    return radio->pid > 0 ? INT64_MAX : radio->start_at_ms;
}

static void radio_flush(struct radio *radio)
{
    while (radio->to.length > 0) {
        crash_point("before-radio");
        ssize_t count = write(radio->input, radio->to.bytes, radio->to.length);
        if (count <= 0)
            return; // full, or broken: then its output ends too
        buffer_drop(&radio->to, (size_t)count);
        crash_point("after-radio");
    }
}

// Reads what there is. Returns false at the end of the stream.
static bool read_some(int fd, struct buffer *buffer, size_t max)
{
    char bytes[16384];
    size_t room = max - buffer->length;
    ssize_t count = read(fd, bytes, room < sizeof bytes ? room : sizeof bytes);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    return count > 0 && buffer_add(buffer, bytes, (size_t)count, max);
}

// Hands complete lines on. Returns false when a line is too long.
static bool take_lines(struct radio *radio)
{
    size_t start = 0;
    char *end;
    while (start < radio->from.length &&
           (end = memchr(radio->from.bytes + start, '\n', radio->from.length - start)) != NULL) {
        size_t length = (size_t)(end - (radio->from.bytes + start));
        radio->handler.line(radio->context, radio->from.bytes + start, length);
        start += length + 1;
    }
    if (start > 0)
        buffer_drop(&radio->from, start);
    return radio->from.length < RADIO_LINE_MAX_BYTES;
}

// What the radio writes to its standard error goes to the log, line by line.
static void take_notes(struct radio *radio)
{
    struct buffer *note = &radio->note;
    bool more = radio->notes >= 0 && read_some(radio->notes, note, NOTE_MAX_BYTES);
    char *end;
    while (note->length > 0 && ((end = memchr(note->bytes, '\n', note->length)) != NULL ||
                                note->length == NOTE_MAX_BYTES || !more)) {
        size_t length = end != NULL ? (size_t)(end - note->bytes) : note->length;
        char line[NOTE_MAX_BYTES + 1];
        memcpy(line, note->bytes, length);
        line[length] = '\0';
        if (length > 0 && parse_utf8_valid(line, length))
            log_event(LOG_INFO, "radio says", "line", line, NULL);
        buffer_drop(note, end != NULL ? length + 1 : length);
    }
    if (!more)
        close_fd(&radio->notes);
}

static void radio_ended(struct radio *radio, int64_t now_ms)
{
    if (radio->notes >= 0)
        take_notes(radio);
    radio_reap(radio);
    int64_t wait_ms = backoff_next(&radio->backoff, backoff_random());
    radio->start_at_ms = now_ms + wait_ms;
    log_event(LOG_WARNING, "radio ended", "restart_in_ms", log_number(wait_ms), NULL);
    radio->handler.died(radio->context);
}

void radio_step(struct radio *radio, int64_t now_ms)
{
    if (radio->pid == 0) {
        if (now_ms < radio->start_at_ms)
            return;
        if (!radio_start(radio)) {
            radio->start_at_ms = now_ms + backoff_next(&radio->backoff, backoff_random());
            return;
        }
    }
    radio_flush(radio);
    take_notes(radio);
    bool open = read_some(radio->output, &radio->from, RADIO_LINE_MAX_BYTES);
    if (!take_lines(radio)) {
        log_event(LOG_ERROR, "radio wrote a line that is too long", NULL);
        open = false;
    }
    if (!open)
        radio_ended(radio, now_ms);
}
