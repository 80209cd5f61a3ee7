// Which answers are TwiML for texts.
#include "bridge/twilio/twiml.h"

#include "tests/unit/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_messages(void **state)
{
    (void)state;
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\n"
        "  <Message>Grüße &amp; mehr</Message>\n"
        "  <Message to=\"+4915112345678\" from=\"phone-1\" action=\"https://a.example/x?y=1&amp;z=2\" "
        "method=\"POST\">\n"
        "    <Body> two\nlines </Body>\n  </Message>\n"
        "  <Sms><![CDATA[<old>]]></Sms></Response>";
    struct twiml twiml;
    char why[TWIML_WHY_SIZE];
    assert_true(twiml_parse(&twiml, why, text, strlen(text)));
    assert_int_equal(twiml.count, 3);
    assert_string_equal(twiml.messages[0].body, "Grüße & mehr");
    assert_string_equal(twiml.messages[0].to, "");
    assert_string_equal(twiml.messages[1].body, "two\nlines");
    assert_string_equal(twiml.messages[1].to, "+4915112345678");
    assert_string_equal(twiml.messages[1].from, "phone-1");
    assert_string_equal(twiml.messages[1].callback, "https://a.example/x?y=1&z=2");
    assert_string_equal(twiml.messages[2].body, "<old>");
    twiml_clear(&twiml);
}

static void test_nothing_to_send(void **state)
{
    (void)state;
    static const char *const empty[] = {"", "<Response/>", "<?xml version=\"1.0\"?><Response></Response>\n"};
    struct twiml twiml;
    char why[TWIML_WHY_SIZE];
    for (size_t i = 0; i < COUNT(empty); i++) {
        CHECK(twiml_parse(&twiml, why, empty[i], strlen(empty[i])), "%s: %s", empty[i], why);
        assert_int_equal(twiml.count, 0);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"OK", "is no XML: syntax error in line 1"},
        {"<html></html>", "is no Response, but html"},
        {"<Response><Message>a</Message>", "is no XML: no element found in line 1"},
        {"<Response><Redirect>https://a.example/</Redirect></Response>", "has Redirect, which is not served"},
        {"<Response><Message><Body>a</Body><Redirect/></Message></Response>",
         "has Redirect, which is not served"},
        {"<Response><Message>a<Media>https://a.example/</Media></Message></Response>",
         "has Media, which is not served"},
        {"<Response><Message><Message>a</Message></Message></Response>", "has Message, which is not served"},
        {"<Response><Say>a</Say></Response>", "has Say, which is not served"},
        {"<Response><Message> \n </Message></Response>", "has a Message without a text"},
        {"<Response><Message method=\"GET\">a</Message></Response>",
         "has a Message with method, which is not served"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]><Response><Message>&x;</Message></Response>",
         "has a document type"},
        {"<Response><Message to=\"0123456789012345678901234567890123456789012345678901234567890123\">a"
         "</Message></Response>",
         "has an attribute that is too long"},
    };
    struct twiml twiml;
    char why[TWIML_WHY_SIZE];
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK(!twiml_parse(&twiml, why, bad[i].text, strlen(bad[i].text)), "%s", bad[i].text);
        assert_string_equal(why, bad[i].why);
        assert_int_equal(twiml.count, 0);
    }
}

static void test_too_much(void **state)
{
    (void)state;
    static char text[TWIML_BYTES_MAX + 2];
    struct twiml twiml;
    char why[TWIML_WHY_SIZE];
    size_t used = (size_t)snprintf(text, sizeof(text), "<Response>");
    for (int i = 0; i <= TWIML_MESSAGES_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "<Message>a</Message>");
    used += (size_t)snprintf(text + used, sizeof(text) - used, "</Response>");
    assert_false(twiml_parse(&twiml, why, text, used));
    assert_string_equal(why, "has more than 10 messages");
    memset(text, ' ', sizeof(text));
    assert_false(twiml_parse(&twiml, why, text, TWIML_BYTES_MAX + 1));
    assert_string_equal(why, "is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_nothing_to_send),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
