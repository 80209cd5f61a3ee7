// Checks that look at the files of a bridge on this machine.
#include "admin-cli/commands/doctor.h"

#include "admin-cli/files.h"
#include "admin-cli/files_access.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { DISK_FAIL_MB = 50, DISK_WARN_MB = 1024 };

// Runs "smsquitto-bridge --config path --check"; its last line of output goes to line[size]. Returns its exit
// code, -1 when there is no such program, next to this one or in PATH.
static int run_check(const char *path, char *line, size_t size)
{
    char program[PATH_MAX] = "smsquitto-bridge";
    if (!files_near(program, "smsquitto-bridge") && !files_near(program, "../bridge/smsquitto-bridge"))
        snprintf(program, sizeof program, "smsquitto-bridge");
    const char *const argv[] = {program, "--config", path, "--check", NULL};
    int ends[2], state = 0;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int failed = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    while (output && fgets(line, (int)size, output))
        line[strcspn(line, "\n")] = '\0';
    if (output)
        fclose(output);
    if (failed || waitpid(pid, &state, 0) != pid)
        return -1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 1;
}

// Nothing to see for a bridge elsewhere.
static bool is_elsewhere(const struct doctor *doctor, struct finding *finding)
{
    if (doctor->cli->target.url)
        finding_set(finding, FINDING_SKIPPED, "the bridge is elsewhere: run doctor there");
    return doctor->cli->target.url != NULL;
}

// The rest goes by what the configuration says.
static bool is_unknown(const struct doctor *doctor, struct finding *finding)
{
    if (is_elsewhere(doctor, finding))
        return true;
    if (!doctor->config)
        finding_set(finding, FINDING_SKIPPED, "not known without the bridge's configuration (--config)");
    return !doctor->config;
}

void doctor_check_config(struct doctor *doctor, struct finding *finding)
{
    char line[FINDING_TEXT_SIZE] = "";
    struct cli *cli = doctor->cli;
    if (is_elsewhere(doctor, finding))
        return;
    if (!cli->config_path) {
        finding_set(finding, FINDING_SKIPPED, "not named beside the socket: --config does");
        return;
    }
    if (access(cli->config_path, R_OK) != 0) {
        finding_set(finding, FINDING_WARN, "cannot read %.200s: %s", cli->config_path, strerror(errno));
        finding_hint(finding, "--config or SMSQUITTO_CONFIG names the configuration of the bridge");
        return;
    }
    doctor->config = &cli->config;
    int code = run_check(cli->config_path, line, sizeof line);
    if (code == 0) {
        finding_set(finding, FINDING_OK, "%.200s is valid", cli->config_path);
    } else if (code < 0) {
        finding_set(finding, FINDING_WARN, "%.200s was not checked: there is no smsquitto-bridge in PATH",
                    cli->config_path);
    } else {
        finding_set(finding, FINDING_FAIL, "%.300s", line);
        finding_hint(finding, "smsquitto-bridge --print-config explains every key");
    }
}

static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int length = !slash ? 0 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, PATH_MAX, "%.*s", length, path);
    if (length == 0)
        snprintf(folder, PATH_MAX, ".");
}

// Whether a file can be opened by those whom mask tells (0007 others, 0077 the group too), its folder letting
// them pass.
static bool is_exposed(const char *path, unsigned mask, struct finding *finding)
{
    char folder[PATH_MAX];
    struct stat file, way;
    if (!*path || stat(path, &file) != 0)
        return false;
    folder_of(path, folder);
    if (stat(folder, &way) != 0)
        return false;
    unsigned passing = ((way.st_mode & 0001) ? 0007 : 0) | ((way.st_mode & 0010) ? 0070 : 0);
    if ((file.st_mode & mask & passing) == 0)
        return false;
    finding_set(finding, FINDING_FAIL, "%.200s can be opened by others (mode %04o)", path,
                file.st_mode & 07777);
    finding_hint(finding, "chmod %s %.200s", mask == 0007 ? "o-rwx" : "go-rwx", path);
    return true;
}

void doctor_check_secrets(struct doctor *doctor, struct finding *finding)
{
    if (is_unknown(doctor, finding))
        return;
    bool has_file = !doctor->config->store_url[0];
    if ((has_file && is_exposed(doctor->config->store_path, 0007, finding)) ||
        is_exposed(doctor->config->key_file, 0077, finding))
        return;
    finding_set(finding, FINDING_OK, "%sthe bridge's key %s closed to others",
                has_file ? "the store and " : "", has_file ? "are" : "is");
}

// The user that the broker runs as, from the mosquitto.conf beside the bridge's configuration.
static void broker_user(const char *config_path, char *name, size_t size)
{
    char folder[PATH_MAX], path[PATH_MAX + 32], line[512];
    snprintf(name, size, "mosquitto");
    folder_of(config_path, folder);
    snprintf(path, sizeof path, "%s/mosquitto.conf", folder);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, "user ", 5) == 0)
            snprintf(name, size, "%.63s", line + 5);
    }
    if (file)
        fclose(file);
}

void doctor_check_roster(struct doctor *doctor, struct finding *finding)
{
    char name[64], blocked[PATH_MAX];
    struct files_user user;
    if (is_unknown(doctor, finding))
        return;
    const char *roster = doctor->config->roster_path;
    broker_user(doctor->cli->config_path, name, sizeof name);
    if (!files_user_find(&user, name)) {
        finding_set(finding, FINDING_WARN, "the broker's user %.60s does not exist here", name);
        finding_hint(finding, "the line \"user\" of mosquitto.conf names it");
    } else if (access(roster, F_OK) != 0) {
        finding_set(finding, FINDING_FAIL, "%.200s: %s", roster, strerror(errno));
        finding_hint(finding, "the bridge makes it at its start");
    } else if (!files_user_may_read(&user, roster, blocked, sizeof blocked)) {
        finding_set(finding, FINDING_FAIL, "the broker's user %.60s is stopped at %.200s", name, blocked);
        finding_hint(finding, "give it read access (and x on folders), or put [mqtt] roster elsewhere");
    } else {
        finding_set(finding, FINDING_OK, "the broker's user %.60s can read %.200s", name, roster);
    }
}

void doctor_check_disk(struct doctor *doctor, struct finding *finding)
{
    char folder[PATH_MAX];
    struct statvfs disk;
    if (is_unknown(doctor, finding))
        return;
    if (doctor->config->store_url[0]) {
        finding_set(finding, FINDING_SKIPPED, "the store is in PostgreSQL: look at the disk of its server");
        return;
    }
    folder_of(doctor->config->store_path, folder);
    if (statvfs(folder, &disk) != 0) {
        finding_set(finding, FINDING_FAIL, "%.200s: %s", folder, strerror(errno));
        finding_hint(finding, "[store] path must be in a folder that is there");
        return;
    }
    unsigned long long free_mb = (unsigned long long)disk.f_bavail * disk.f_frsize / 1048576;
    enum finding_level level = free_mb < DISK_FAIL_MB   ? FINDING_FAIL
                               : free_mb < DISK_WARN_MB ? FINDING_WARN
                                                        : FINDING_OK;
    finding_set(finding, level, "%llu MB free in %.200s", free_mb, folder);
    if (level != FINDING_OK)
        finding_hint(finding, "make room: without it texts are refused with \"try later\"");
}
