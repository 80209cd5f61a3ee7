// The simulated radio's control socket: one client at a time, one JSON command a line, one JSON answer a
// line.
#include "device/radios/sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool sim_control_open(struct sim *sim, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, strlen(path));
    unlink(path);
    sim->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0077);
    bool open = sim->control >= 0 &&
                bind(sim->control, (const struct sockaddr *)&address, sizeof address) == 0 &&
                listen(sim->control, 8) == 0;
    umask(mask);
    return open;
}

void sim_control_accept(struct sim *sim)
{
    int client = accept4(sim->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    if (sim->client >= 0)
        close(sim->client);
    sim->client = client;
    sim->line_length = 0;
}

void sim_control_close(struct sim *sim, const char *path)
{
    if (sim->client >= 0)
        close(sim->client);
    if (sim->control >= 0) {
        close(sim->control);
        unlink(path);
    }
}

static bool do_rules(struct sim *sim, const json_t *value, struct field_error *error)
{
    char *text = json_dumps(value, JSON_COMPACT);
    struct sim_rules rules = sim->rules;
    bool good = text != NULL && sim_rules_read(&rules, text, strlen(text), error);
    free(text);
    if (good) {
        sim->rules = rules;
        sim_say_take(sim_state_new(sim, "info"));
    }
    return good;
}

static bool do_crash(struct sim *sim, const json_t *value, struct field_error *error)
{
    (void)sim, (void)value, (void)error;
    _exit(3);
}

static bool do_stats(struct sim *sim, const json_t *value, struct field_error *error)
{
    (void)sim, (void)value, (void)error;
    return true; // every answer carries them
}

static const struct {
    const char *name;
    bool (*run)(struct sim *sim, const json_t *value, struct field_error *error);
} commands[] = {
    {"inbound", sim_inbox_add}, // a text arrives: {"from", "text", "uid", "sim", "received_at"}
    {"rules", do_rules},        // as in the rules file
    {"crash", do_crash},        // the radio dies
    {"stats", do_stats},
};

static bool run_line(struct sim *sim, const char *line, size_t length, struct field_error *error)
{
    json_t *json = fields_parse(line, length, error);
    if (json == NULL)
        return false;
    bool done = field_fail(error, "", "no such command: inbound, rules, crash or stats");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const json_t *value = json_object_get(json, commands[i].name);
        if (value != NULL) {
            done = commands[i].run(sim, value, error);
            break;
        }
    }
    json_decref(json);
    return done;
}

static void answer(const struct sim *sim, bool done, const struct field_error *error)
{
    json_t *json = json_pack("{s:b, s:I, s:I, s:I}", "ok", (int)done, "sent", (json_int_t)sim->sent, "failed",
                             (json_int_t)sim->failed, "texts", (json_int_t)sim->texts);
    if (!done)
        json_object_set_new(json, "error", json_sprintf("%s %s", error->path, error->detail));
    char *text = json_dumps(json, JSON_COMPACT);
    if (text != NULL && dprintf(sim->client, "%s\n", text) < 0)
        fputs("control client does not read\n", stderr);
    free(text);
    json_decref(json);
}

void sim_control_read(struct sim *sim)
{
    ssize_t count = read(sim->client, sim->line + sim->line_length, sizeof sim->line - sim->line_length);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) { // the end, or a line that is too long
        close(sim->client);
        sim->client = -1;
        return;
    }
    sim->line_length += (size_t)count;
    for (char *end; (end = memchr(sim->line, '\n', sim->line_length)) != NULL;) {
        size_t length = (size_t)(end - sim->line);
        struct field_error error = {.path = ""};
        bool done = run_line(sim, sim->line, length, &error);
        answer(sim, done, &error);
        sim->line_length -= length + 1;
        memmove(sim->line, end + 1, sim->line_length);
    }
}
