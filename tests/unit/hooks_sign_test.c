// Signatures against values that other programs made.
#include "bridge/hooks/sign.h"

#include "tests/unit/cases.h"

#include <string.h>

static struct signer *signer;

static int set_up(void **state)
{
    (void)state;
    signer = signer_new();
    return signer == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    signer_free(signer);
    return 0;
}

// The example of the Standard Webhooks' reference libraries.
static void test_standard(void **state)
{
    (void)state;
    struct signature out;
    const struct sign_input input = {.form = HOOK_STANDARD,
                                     .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                     .old_secret = "",
                                     .id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                     .at_s = 1614265330,
                                     .url = "https://app.example/hook",
                                     .body = "{\"test\": 2432232314}"};
    assert_true(sign(signer, &out, &input));
    assert_int_equal(out.count, 3);
    assert_string_equal(out.headers[0], "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek");
    assert_string_equal(out.headers[1], "webhook-timestamp: 1614265330");
    assert_string_equal(out.headers[2], "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_string_equal(out.url, "https://app.example/hook");
}

static void test_two_secrets_overlap(void **state)
{
    (void)state;
    struct signature out;
    const struct sign_input input = {.form = HOOK_STANDARD,
                                     .secret = "a-secret-of-my-own",
                                     .old_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                     .id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                     .at_s = 1614265330,
                                     .url = "https://app.example/hook",
                                     .body = "{\"test\": 2432232314}"};
    assert_true(sign(signer, &out, &input));
    const char *space = strrchr(out.headers[2], ' ');
    assert_string_equal(space, " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_true(strncmp(out.headers[2], "webhook-signature: v1,", 22) == 0 && space > out.headers[2] + 60);
}

// A signer keeps its last key: the same one again, another one, and the first one again.
static void test_keys_take_turns(void **state)
{
    (void)state;
    static const char *const secrets[] = {"secret-of-sixteen", "secret-of-sixteen", "secret-of-sixtee2",
                                          "secret-of-sixteen", "secret-of-sixtee"};
    for (int form = HOOK_STANDARD; form <= HOOK_SMSGATE; form++)
        for (size_t i = 0; i < COUNT(secrets); i++) {
            struct signature out, alone;
            struct signer *fresh = signer_new();
            const struct sign_input input = {.form = (enum hook_signature)form,
                                             .secret = secrets[i],
                                             .old_secret = "",
                                             .id = "EV1",
                                             .at_s = 1614265330,
                                             .url = "https://app.example/hook",
                                             .body = "{}"};
            assert_non_null(fresh);
            assert_true(sign(signer, &out, &input) && sign(fresh, &alone, &input));
            assert_string_equal(out.headers[out.count - 1], alone.headers[alone.count - 1]);
            signer_free(fresh);
        }
}

// Made with: printf '%s' '{"a":1}1700000000' | openssl dgst -sha256 -hmac secret-of-sixteen
static void test_smsgate(void **state)
{
    (void)state;
    struct signature out;
    const struct sign_input input = {.form = HOOK_SMSGATE,
                                     .secret = "secret-of-sixteen",
                                     .old_secret = "",
                                     .at_s = 1700000000,
                                     .url = "https://app.example/hook",
                                     .body = "{\"a\":1}"};
    assert_true(sign(signer, &out, &input));
    assert_int_equal(out.count, 2);
    assert_string_equal(out.headers[0], "X-Timestamp: 1700000000");
    assert_string_equal(out.headers[1],
                        "X-Signature: 63cc9fb7ea5aa3eb5745cd1b4befd6a32ed1b1c38fce31906ea2def1d58edefa");
}

// Made with Python's hashlib and hmac, by Twilio's rule for JSON bodies.
static void test_twilio(void **state)
{
    (void)state;
    struct signature out;
    struct sign_input input = {.form = HOOK_TWILIO,
                               .secret = "12345678901234567890",
                               .old_secret = "",
                               .url = "https://app.example/hook?a=b",
                               .body = "{\"a\":1}"};
    assert_true(sign(signer, &out, &input));
    assert_int_equal(out.count, 1);
    assert_string_equal(
        out.url, "https://app.example/"
                 "hook?a=b&bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
    assert_string_equal(out.headers[0], "X-Twilio-Signature: R2woRslq7zspzM32OPyr/AuUabk=");
    input.url = "https://app.example/hook";
    assert_true(sign(signer, &out, &input));
    assert_non_null(strstr(out.url, "/hook?bodySHA256="));
}

static void test_event_ids(void **state)
{
    (void)state;
    char a[ID_SIZE], b[ID_SIZE];
    sign_event_id(a, 1700000000000, 1);
    sign_event_id(b, 1700000000000, 2);
    CHECK(id_valid(a, strlen(a), "EV"), "%s", a);
    assert_true(strcmp(a, b) < 0);
    assert_string_equal(a, "EV018bcfe5680070008000000000000001"); // as earlier versions wrote it
    sign_event_id(b, 1700000000000, 1);
    assert_string_equal(a, b);
}

// The vectors of the official SDKs' tests.
static void test_twilio_form(void **state)
{
    (void)state;
    static const struct {
        const char *body, *signature;
    } vectors[] = {
        {"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
         "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        {"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234", "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
    };
    struct signature out;
    struct sign_input input = {.form = HOOK_TWILIO_FORM,
                               .secret = "12345",
                               .old_secret = "",
                               .id = "EV1",
                               .url = "https://mycompany.com/myapp.php?foo=1&bar=2"};
    for (size_t i = 0; i < COUNT(vectors); i++) {
        input.body = vectors[i].body;
        assert_true(sign(signer, &out, &input));
        assert_int_equal(out.count, 2);
        CHECK(strcmp(out.headers[0] + strlen("X-Twilio-Signature: "), vectors[i].signature) == 0, "%s",
              out.headers[0]);
        assert_string_equal(out.headers[1], "I-Twilio-Idempotency-Token: EV1");
        assert_string_equal(out.url, input.url);
    }
    input.body = "a=%";
    assert_false(sign(signer, &out, &input));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard),        cmocka_unit_test(test_two_secrets_overlap),
        cmocka_unit_test(test_keys_take_turns), cmocka_unit_test(test_smsgate),
        cmocka_unit_test(test_twilio),          cmocka_unit_test(test_twilio_form),
        cmocka_unit_test(test_event_ids),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
