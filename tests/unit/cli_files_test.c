// Templates, new files, the bridge's configuration, and what another user may read.
#include "admin-cli/config.h"
#include "admin-cli/files.h"
#include "admin-cli/files_access.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/smsq-cli-XXXXXX";

// A path in the test's folder; valid until the next call.
static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void test_create_never_overwrites(void **state)
{
    (void)state;
    char text[16] = "";
    const char *path = in_folder("new");
    assert_true(files_create(path, "first", 0600));
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_false(files_create(path, "second", 0600));
    assert_int_equal(errno, EEXIST);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "first");
    assert_int_equal(unlink(path), 0);
    assert_false(files_create(in_folder("missing/new"), "x", 0600));
    assert_int_equal(errno, ENOENT);
}

static void test_fill(void **state)
{
    (void)state;
    const struct files_place places[] = {{"@A@", "one"}, {"@AB@", "@A@"}};
    char *text = files_fill("@A@ and @AB@, @C@ @", places, 2);
    assert_string_equal(text, "one and @A@, @C@ @");
    free(text);
}

static void test_config_paths(void **state)
{
    (void)state;
    struct config config;
    char expected[256];
    const char *path = in_folder("smsquitto.conf");
    assert_true(files_create(
        path,
        "[http]\nport = 8080\nsocket = a.sock\n[store]\npath = /var/x.db\nurl = postgresql://h/d\n"
        "[mqtt]\nroster = sub/roster.db\nsocket =\n",
        0600));
    assert_true(config_read(&config, path));
    snprintf(expected, sizeof expected, "%s/a.sock", folder);
    assert_string_equal(config.http_socket, expected);
    assert_string_equal(config.store_path, "/var/x.db");
    assert_string_equal(config.store_url, "postgresql://h/d");
    snprintf(expected, sizeof expected, "%s/sub/roster.db", folder);
    assert_string_equal(config.roster_path, expected);
    assert_string_equal(config.broker_socket, "");
    assert_int_equal(unlink(in_folder("smsquitto.conf")), 0);
    assert_false(config_read(&config, in_folder("smsquitto.conf")));
    assert_int_equal(errno, ENOENT);
}

static void test_permission_bits(void **state)
{
    (void)state;
    const struct files_user user = {.uid = 10, .groups = {20, 21}, .group_count = 2};
    const struct files_user root = {.uid = 0};
    static const struct {
        uid_t uid;
        gid_t gid;
        mode_t mode;
        bool may_read;
    } cases[] = {
        {10, 1, 0400, true},  {10, 20, 0044, false}, {1, 21, 0040, true},
        {1, 20, 0404, false}, {1, 1, 0004, true},    {1, 1, 0770, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct stat info = {.st_uid = cases[i].uid, .st_gid = cases[i].gid, .st_mode = cases[i].mode};
        assert_int_equal(files_user_may(&user, &info, 4), cases[i].may_read);
        assert_true(files_user_may(&root, &info, 4));
    }
}

static void test_folders_on_the_way(void **state)
{
    (void)state;
    char blocked[256];
    const struct files_user stranger = {.uid = 4242, .groups = {4242}, .group_count = 1};
    assert_true(files_create(in_folder("file"), "x", 0600));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_false(files_user_may_read(&stranger, in_folder("file"), blocked, sizeof blocked));
    assert_string_equal(blocked, folder);
    assert_int_equal(chmod(folder, 0711), 0);
    assert_false(files_user_may_read(&stranger, in_folder("file"), blocked, sizeof blocked));
    assert_string_equal(blocked, in_folder("file"));
    assert_int_equal(chmod(in_folder("file"), 0604), 0);
    assert_true(files_user_may_read(&stranger, in_folder("file"), blocked, sizeof blocked));
    assert_int_equal(unlink(in_folder("file")), 0);
    assert_false(files_user_may_read(&stranger, in_folder("file"), blocked, sizeof blocked));
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_never_overwrites),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_config_paths),
        cmocka_unit_test(test_permission_bits),
        cmocka_unit_test(test_folders_on_the_way),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
