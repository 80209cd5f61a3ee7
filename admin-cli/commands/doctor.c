// doctor: looks at everything that must be right for a text to go out, and says what to do.
#include "admin-cli/commands/doctor.h"

#include "admin-cli/commands/commands.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    void (*check)(struct doctor *doctor, struct finding *finding);
} checks[] = {
    {"bridge", doctor_check_reachable}, {"version", doctor_check_version}, {"config", doctor_check_config},
    {"secrets", doctor_check_secrets},  {"store", doctor_check_store},     {"disk", doctor_check_disk},
    {"roster", doctor_check_roster},    {"broker", doctor_check_broker},   {"plugin", doctor_check_plugin},
    {"clock", doctor_check_clock},      {"devices", doctor_check_devices},
};

static const struct {
    const char *word, *color;
} levels[] = {
    [FINDING_OK] = {"ok", "\033[32m"},
    [FINDING_WARN] = {"warn", "\033[33m"},
    [FINDING_FAIL] = {"fail", "\033[31m"},
    [FINDING_SKIPPED] = {"skip", ""},
};

void finding_set(struct finding *finding, enum finding_level level, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    finding->level = level;
    vsnprintf(finding->text, sizeof finding->text, format, list);
    va_end(list);
}

void finding_hint(struct finding *finding, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(finding->hint, sizeof finding->hint, format, list);
    va_end(list);
}

static void print_finding(const struct cli *cli, const char *name, const struct finding *finding)
{
    const char *word = levels[finding->level].word;
    printf("%s%-4s%s  %-8s %s\n", cli->color ? levels[finding->level].color : "", word,
           cli->color ? "\033[0m" : "", name, finding->text);
    if (finding->hint[0])
        printf("%15s → %s\n", "", finding->hint);
}

static json_t *finding_json(const char *name, const struct finding *finding)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "name", name, "level", levels[finding->level].word, "text",
                     finding->text, "hint", finding->hint);
}

static int run_doctor(struct cli *cli)
{
    struct doctor doctor = {.cli = cli};
    json_t *list = json_array();
    bool failed = false;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        struct finding finding = {.level = FINDING_OK};
        checks[i].check(&doctor, &finding);
        failed = failed || finding.level == FINDING_FAIL;
        if (cli->json)
            json_array_append_new(list, finding_json(checks[i].name, &finding));
        else
            print_finding(cli, checks[i].name, &finding);
    }
    json_t *out = json_pack("{s:b, s:O}", "ok", !failed, "checks", list);
    if (cli->json)
        cli_print_json(out);
    json_decref(out);
    json_decref(list);
    json_decref(doctor.status);
    json_decref(doctor.devices);
    return failed ? EXIT_FAILED : EXIT_OK;
}

const struct command command_doctor = {
    .name = "doctor",
    .words = "",
    .help = "check everything that must be right, and say what to do",
    .more =
        "Each line is ok, warn, fail or skip (what cannot be seen from here). Ends with 1 when one is fail.",
    .run = run_doctor,
};
