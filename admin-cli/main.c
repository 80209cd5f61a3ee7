// smsquitto: the command for administrators. Reads the command line, runs the command.
#include "admin-cli/cli.h"
#include "admin-cli/commands/commands.h"
#include "admin-cli/help.h"
#include "admin-cli/text.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>

static void show_help(const struct args *args)
{
    if (args->command)
        help_command(stdout, args->command);
    else if (args->group)
        help_group(stdout, &commands_table, args->group);
    else
        help_overview(stdout, &commands_table);
}

static int wrong_line(const struct args *args, const struct args_error *error)
{
    cli_fail(EXIT_USAGE, "%s", error->text);
    const char *group = args->group ? args->group : "", *gap = args->group ? " " : "";
    fprintf(stderr, "Try: smsquitto %s%s%s%s--help\n", group, gap, args->command ? args->command->name : "",
            args->command ? " " : "");
    return EXIT_USAGE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct args_error error;
    if (!args_parse(&cli->args, &commands_table, argc, argv, &error))
        return wrong_line(&cli->args, &error);
    if (args_flag(&cli->args, "help")) {
        show_help(&cli->args);
        return EXIT_OK;
    }
    if (args_flag(&cli->args, "version")) {
        puts("smsquitto " SMSQUITTO_VERSION);
        return EXIT_OK;
    }
    cli_open(cli);
    return cli->args.command->run(cli);
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    text_init();
    signal(SIGPIPE, SIG_DFL); // "smsquitto messages tail | head" ends quietly
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return cli_fail(EXIT_FAILED, "out of memory");
    int code = run(&cli, argc, argv);
    cli_close(&cli);
    args_clear(&cli.args);
    curl_global_cleanup();
    if (fflush(stdout) != 0 && code == EXIT_OK)
        code = cli_fail(EXIT_FAILED, "cannot write the output");
    return code;
}
