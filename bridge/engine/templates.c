// Texts with variables, of each account.
#include "bridge/engine/templates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct core *core, struct command *command)
{
    struct template_row *row = &command->template.row;
    if (store_template_count(core->store, command->account, TEMPLATE_MAX) >= TEMPLATE_MAX) {
        command_fail(command, COMMAND_CONFLICT, "", "the account has %d templates already", TEMPLATE_MAX);
        return;
    }
    row->account = command->account;
    row->created_at = row->updated_at = core->now;
    command->template.added = true;
    (void)store_template_add(core->store, row);
}

void templates_put(struct core *core, struct command *command)
{
    struct template_row *row = &command->template.row, old;
    struct template_names known;
    if (!template_known(&known, row, &command->error)) {
        command->status = COMMAND_INVALID;
        return;
    }
    if (!store_template_load(core->store, &old, command->account, row->name)) {
        add(core, command);
        return;
    }
    if (command->template.only_new) {
        command_fail(command, COMMAND_CONFLICT, "name", "is the name of another template already");
    } else {
        row->n = old.n;
        row->account = old.account;
        row->created_at = old.created_at;
        row->updated_at = core->now;
        (void)store_template_update(core->store, row);
    }
    template_row_clear(&old);
}

void templates_remove(struct core *core, struct command *command)
{
    struct template_row old;
    if (!store_template_load(core->store, &old, command->account, command->template.row.name)) {
        command_fail(command, COMMAND_NOT_FOUND, "name", "there is no such template");
        return;
    }
    (void)store_template_remove(core->store, old.n);
    template_row_clear(&old);
}

bool templates_load(struct core *core, struct command *command, const char *name, struct template_row *row,
                    struct template_names *known)
{
    if (store_template_load(core->store, row, command->account, name)) {
        if (template_known(known, row, &command->error))
            return true;
        template_row_clear(row);
    } else {
        field_fail(&command->error, "template", "there is no template \"%s\" in this account", name);
    }
    command->status = COMMAND_INVALID;
    return false;
}

// Makes the one text that all recipients get.
static bool make_common(struct command_send *send, const struct template_row *row,
                        const struct template_names *known, struct field_error *error)
{
    struct template_made made;
    if (!template_make(&made, row, known, send->wish->language, &send->wish->values, NULL, error))
        return false;
    send->text = strdup(made.text);
    send->encoding = made.segments.encoding;
    send->parts = made.segments.parts;
    return true;
}

// Makes the text of the i-th recipient; *error names the recipient, too.
static bool make_own(struct command_send *send, size_t i, const struct template_row *row,
                     const struct template_names *known, struct field_error *error)
{
    struct send_own *own = &send->own[i];
    struct template_made made;
    struct field_error inner;
    const char *language = own->language[0] != '\0' ? own->language : send->wish->language;
    if (!template_make(&made, row, known, language, &send->wish->values, &own->values, &inner)) {
        char path[FIELD_PATH_SIZE];
        snprintf(path, sizeof(path), "to[%zu].%.*s", i, FIELD_PATH_SIZE - 32, inner.path);
        return field_fail(error, path, "%s", inner.detail);
    }
    own->text = strdup(made.text);
    own->encoding = made.segments.encoding;
    own->parts = made.segments.parts;
    return true;
}

static bool make_all(struct command_send *send, const struct template_row *row,
                     const struct template_names *known, struct field_error *error)
{
    if (send->own == NULL)
        return make_common(send, row, known, error);
    for (size_t i = 0; i < send->count; i++)
        if (!make_own(send, i, row, known, error))
            return false;
    return true;
}

bool templates_fill(struct core *core, struct command *command)
{
    struct command_send *send = &command->send;
    struct template_row row;
    struct template_names known;
    if (send->wish == NULL)
        return true;
    if (!templates_load(core, command, send->wish->name, &row, &known))
        return false;
    bool made = make_all(send, &row, &known, &command->error);
    if (!made)
        command->status = COMMAND_INVALID;
    template_row_clear(&row);
    return made;
}
