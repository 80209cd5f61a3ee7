// backup, restore: copies of the store. A backup is made by the bridge, a restore without it.
#include "admin-cli/commands/commands.h"
#include "admin-cli/words.h"
#include "bridge/store/restore.h"
#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 200 };

// The bridge has another working folder than we. Owned; NULL when there is none or memory runs out.
static char *absolute(const char *path)
{
    char *folder = *path == '/' ? strdup("") : getcwd(NULL, 0), *whole = NULL;
    if (folder && asprintf(&whole, *path == '/' ? "%s%s" : "%s/%s", folder, path) < 0)
        whole = NULL;
    free(folder);
    return whole;
}

static bool is_state(const json_t *report, const char *state)
{
    return strcmp(words_string(report, "state"), state) == 0;
}

// Looks until the backup has ended; *report becomes the last one.
static int wait_for(struct cli *cli, json_t **report)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    int code = EXIT_OK;
    while (code == EXIT_OK && is_state(*report, "running")) {
        json_decref(*report);
        nanosleep(&pause, NULL);
        code = cli_get(cli, report, "/v1/backup");
    }
    return code;
}

static int show(const struct cli *cli, const json_t *report, const char *path)
{
    if (cli->json)
        cli_print_json(report);
    if (strcmp(words_string(report, "path"), path) != 0)
        return cli_fail(EXIT_FAILED, "another backup was begun behind this one: look whether %s is there",
                        path);
    if (!is_state(report, "done"))
        return cli_fail(EXIT_FAILED, "%s: %s", path, words_string(report, "error"));
    if (!cli->json)
        printf("%s: %lld bytes, checked\n", path,
               (long long)json_integer_value(json_object_get(report, "bytes")));
    return EXIT_OK;
}

static int run_backup(struct cli *cli)
{
    json_t *report = NULL;
    char *path = absolute(cli->args.words[0]);
    if (!path)
        return cli_fail(EXIT_FAILED, "cannot tell the folder: %s", strerror(errno));
    int code = cli_ask_take(cli, &report, "POST", "/v1/backup", json_pack("{s:s}", "path", path));
    if (code == EXIT_OK)
        code = wait_for(cli, &report);
    if (code == EXIT_OK)
        code = show(cli, report, path);
    json_decref(report);
    free(path);
    return code;
}

// The store that is meant: of --store, or of the configuration. Borrowed; NULL after saying what is wrong.
static const char *find_store(struct cli *cli)
{
    const char *told = args_text(&cli->args, "store"), *config = args_text(&cli->args, "config");
    if (told)
        return told;
    if (!config)
        config = getenv("SMSQUITTO_CONFIG");
    if (!config || !*config)
        config = CONFIG_FILE;
    bool found = config_read(&cli->config, config);
    if (found && cli->config.store_url[0]) {
        cli_fail(EXIT_USAGE, "the store of %s is in PostgreSQL: pg_restore brings its backups back", config);
        return NULL;
    }
    if (found && cli->config.store_path[0])
        return cli->config.store_path;
    cli_fail(EXIT_USAGE, "say with --store which database to replace: %s names none", config);
    return NULL;
}

static int run_restore(struct cli *cli)
{
    const char *file = cli->args.words[0], *store = find_store(cli);
    char kept[PATH_MAX];
    struct copy_error error;
    if (!store)
        return EXIT_USAGE;
    if (!restore_run(kept, file, store, clock_wall_ms(), &error))
        return cli_fail(EXIT_FAILED, "%s was not restored to %s: %s", file, store, error.text);
    if (cli->json) {
        json_t *answer = json_pack("{s:s, s:s?}", "store", store, "kept", *kept ? kept : NULL);
        cli_print_json(answer);
        json_decref(answer);
        return EXIT_OK;
    }
    printf("%s is restored.\n", store);
    if (*kept)
        printf("What was there is kept as %s\n", kept);
    return EXIT_OK;
}

static const struct option_spec restore_options[] = {
    {"store", "FILE", "the database to replace; the one of the configuration otherwise"},
};

const struct command command_backup = {
    .name = "backup",
    .words = "FILE",
    .words_min = 1,
    .words_max = 1,
    .help = "write a copy of the store to a new file, while the bridge runs",
    .more =
        "The bridge writes it: FILE must be where the bridge's user may write. Nothing is ever overwritten.\n"
        "On the gateway's own machine only. A store in PostgreSQL is backed up with pg_dump instead.",
    .run = run_backup,
};

const struct command command_restore = {
    .name = "restore",
    .words = "FILE",
    .words_min = 1,
    .words_max = 1,
    .help = "make a backup the store again, while the bridge is stopped",
    .more = "The database that was there is kept next to it, with the time in its name. SQLite only.",
    COMMAND_OPTIONS(restore_options),
    .run = run_restore,
};
