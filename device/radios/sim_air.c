// The simulated radio's messages: taken, on the air, sent part by part, delivered, each after its delay.
#include "device/radios/sim.h"

#include "common/clock.h"
#include "common/segments.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum step { STEP_TAKEN, STEP_SENT, STEP_DELIVERED };

struct sim_job {
    int64_t at_ms;
    enum step step;
    struct sim_rule rule; // a copy: the rules may change meanwhile
    char ref[WIRE_WORD_MAX_BYTES + 1];
    char to[NUMBER_SIZE];
    int parts;
    bool report;
    char text[]; // as sent
};

static void job_swap(struct sim *sim, size_t a, size_t b)
{
    struct sim_job *job = sim->jobs[a];
    sim->jobs[a] = sim->jobs[b];
    sim->jobs[b] = job;
}

// Puts job (taken) into the heap; frees it when memory runs out.
static void job_push_take(struct sim *sim, struct sim_job *job)
{
    if (sim->job_count == sim->job_room) {
        size_t room = sim->job_room > 0 ? sim->job_room * 2 : 64;
        struct sim_job **grown = realloc(sim->jobs, room * sizeof *grown);
        if (grown == NULL) {
            free(job);
            return;
        }
        sim->jobs = grown;
        sim->job_room = room;
    }
    size_t at = sim->job_count++;
    sim->jobs[at] = job;
    for (size_t up; at > 0 && sim->jobs[up = (at - 1) / 2]->at_ms > sim->jobs[at]->at_ms; at = up)
        job_swap(sim, at, up);
}

static struct sim_job *job_pop(struct sim *sim)
{
    struct sim_job *job = sim->jobs[0];
    sim->jobs[0] = sim->jobs[--sim->job_count];
    for (size_t at = 0, down; (down = 2 * at + 1) < sim->job_count; at = down) {
        if (down + 1 < sim->job_count && sim->jobs[down + 1]->at_ms < sim->jobs[down]->at_ms)
            down++;
        if (sim->jobs[down]->at_ms >= sim->jobs[at]->at_ms)
            break;
        job_swap(sim, at, down);
    }
    return job;
}

static int64_t within(struct sim *sim, struct sim_range range)
{
    return range.from + (int64_t)(sim_random(sim) * (double)(range.to - range.from + 1));
}

void sim_air_send(struct sim *sim, const json_t *command, int64_t now_ms)
{
    const char *ref = json_string_value(json_object_get(command, "ref"));
    const char *to = json_string_value(json_object_get(command, "to"));
    const char *text = json_string_value(json_object_get(command, "text"));
    struct segments segments;
    struct sim_job *job = calloc(1, sizeof *job + (text != NULL ? strlen(text) + 1 : 0));
    if (job == NULL || ref == NULL || to == NULL || text == NULL || strlen(ref) >= sizeof job->ref ||
        strlen(to) >= sizeof job->to || !segments_count(&segments, text, strlen(text))) {
        fputs("a send command is malformed\n", stderr);
        free(job);
        return;
    }
    job->rule = *sim_rules_match(&sim->rules, to, text, sim_random, sim);
    if (job->rule.accident == SIM_HANG) {
        free(job);
        return;
    }
    memcpy(job->ref, ref, strlen(ref));
    memcpy(job->to, to, strlen(to));
    memcpy(job->text, text, strlen(text));
    job->parts = segments.parts;
    job->report = json_is_true(json_object_get(command, "report"));
    job->at_ms = now_ms + within(sim, job->rule.taken_ms);
    job_push_take(sim, job);
}

static void say_twice_if(bool twice, json_t *event)
{
    if (twice)
        sim_say_take(json_incref(event));
    sim_say_take(event);
}

static void say_parts(const struct sim_job *job, const char *event)
{
    for (int part = 1; part <= job->parts; part++)
        say_twice_if(job->rule.duplicate, json_pack("{s:s, s:s, s:i, s:i}", "event", event, "ref", job->ref,
                                                    "part", part, "parts", job->parts));
}

// One line for each message that reaches the air, in the file before anybody is told.
static void log_air(const struct sim *sim, const struct sim_job *job)
{
    if (sim->air < 0)
        return;
    json_t *entry = json_pack("{s:s, s:s, s:s, s:i, s:I}", "ref", job->ref, "to", job->to, "text", job->text,
                              "parts", job->parts, "at", (json_int_t)clock_wall_ms());
    char *text = json_dumps(entry, JSON_COMPACT), *line = NULL;
    int length = text != NULL ? asprintf(&line, "%s\n", text) : -1;
    bool written = length > 0 && write(sim->air, line, (size_t)length) == length;
    json_decref(entry);
    free(text);
    free(line);
    if (!written) {
        fputs("the air file cannot be written\n", stderr);
        _exit(1); // an oracle that misses lines is worse than none
    }
}

static void job_failed(struct sim *sim, const struct sim_job *job)
{
    static const char *const kinds[] = {
        [WIRE_ERROR_TEMPORARY] = "temporary",
        [WIRE_ERROR_PERMANENT] = "permanent",
        [WIRE_ERROR_LIMIT] = "limit",
    };
    sim->failed++;
    say_twice_if(job->rule.duplicate,
                 json_pack("{s:s, s:s, s:s, s:s, s:s}", "event", "failed", "ref", job->ref, "kind",
                           kinds[job->rule.fail], "code", job->rule.code, "text", job->rule.reason));
}

static void job_sent(struct sim *sim, const struct sim_job *job)
{
    if (job->rule.accident == SIM_CRASH_BEFORE)
        _exit(3);
    log_air(sim, job);
    if (job->rule.accident == SIM_CRASH_AFTER)
        _exit(3);
    sim->sent++;
    say_parts(job, "sent");
}

// Does the step whose time has come. Returns whether another one follows.
static bool job_step(struct sim *sim, struct sim_job *job)
{
    switch (job->step) {
    case STEP_TAKEN:
        sim_say_take(json_pack("{s:s, s:s}", "event", "taken", "ref", job->ref));
        job->step = STEP_SENT;
        job->at_ms += within(sim, job->rule.sent_ms);
        return true;
    case STEP_SENT:
        if (job->rule.fail != WIRE_ERROR_NONE) {
            job_failed(sim, job);
            return false;
        }
        job_sent(sim, job);
        job->step = STEP_DELIVERED;
        job->at_ms += within(sim, job->rule.delivered_ms);
        return job->report && !job->rule.lose_delivered;
    case STEP_DELIVERED:
        say_parts(job, job->rule.undelivered ? "undelivered" : "delivered");
        return false;
    }
    return false;
}

void sim_air_step(struct sim *sim, int64_t now_ms)
{
    while (sim->job_count > 0 && sim->jobs[0]->at_ms <= now_ms) {
        struct sim_job *job = job_pop(sim);
        if (job_step(sim, job))
            job_push_take(sim, job);
        else
            free(job);
    }
}

int64_t sim_air_deadline(const struct sim *sim)
{
    return sim->job_count > 0 ? sim->jobs[0]->at_ms : INT64_MAX;
}

void sim_air_clear(struct sim *sim)
{
    while (sim->job_count > 0)
        free(job_pop(sim));
    free(sim->jobs);
}
