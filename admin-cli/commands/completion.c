// completion: the script for a shell.
#include "admin-cli/completion.h"

#include "admin-cli/commands/commands.h"

#include <string.h>

static int run_completion(struct cli *cli)
{
    const char *shell = cli->args.words[0];
    if (strcmp(shell, "bash") == 0)
        completion_bash(stdout, &commands_table);
    else if (strcmp(shell, "zsh") == 0)
        completion_zsh(stdout, &commands_table);
    else
        return cli_fail(EXIT_USAGE,
                        "completion: there is a script for bash and one for zsh, none for \"%.40s\"", shell);
    return EXIT_OK;
}

const struct command command_completion = {
    .name = "completion",
    .words = "bash|zsh",
    .words_min = 1,
    .words_max = 1,
    .help = "print the completion script for a shell",
    .more = "For this shell only: source <(smsquitto completion bash)",
    .run = run_completion,
};
