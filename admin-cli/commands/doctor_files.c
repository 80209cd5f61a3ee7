// Checks that look at the files of a bridge on this machine.
#include "admin-cli/commands/doctor.h"

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
// code, -1 when there is no such program.
static int run_check(const char *path, char *line, size_t size)
{
    const char *const argv[] = {"smsquitto-bridge", "--config", path, "--check", NULL};
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

// A file or folder that nobody but its owner (and with group: its group) may touch.
static bool is_open_to_others(const char *path, bool group, struct finding *finding)
{
    struct stat info;
    if (!*path || stat(path, &info) != 0)
        return false;
    unsigned open = info.st_mode & (group ? 0007 : 0077);
    if (!open)
        return false;
    finding_set(finding, FINDING_FAIL, "%.200s is open to others (mode %04o)", path, info.st_mode & 07777);
    finding_hint(finding, "chmod %s %.200s", group ? "o-rwx" : "go-rwx", path);
    return true;
}

static void folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int length = !slash ? 0 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, PATH_MAX, "%.*s", length, path);
    if (length == 0)
        snprintf(folder, PATH_MAX, ".");
}

void doctor_check_secrets(struct doctor *doctor, struct finding *finding)
{
    char folder[PATH_MAX];
    if (is_unknown(doctor, finding))
        return;
    folder_of(doctor->config->store_path, folder);
    if (is_open_to_others(folder, true, finding) ||
        is_open_to_others(doctor->config->store_path, true, finding) ||
        is_open_to_others(doctor->config->key_file, false, finding))
        return;
    finding_set(finding, FINDING_OK, "%.200s and the keys inside are closed to others", folder);
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
