// The fleet's packets, payloads, memory and statistics.
#include "device/fleet/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "SM0190a0b0c0d0700080000000000000aa"

static enum packet_result read_bytes(struct packet *packet, size_t *size, const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length + (length == 0)); // so that a sanitizer sees a byte too many
    memcpy(copy, bytes, length);
    enum packet_result result = packet_read(packet, size, copy, length);
    free(copy);
    return result;
}

static void test_publish_comes_back(void **state)
{
    (void)state;
    struct buffer out = {.bytes = NULL};
    struct packet packet;
    size_t size;
    packet_publish(&out, 77, "sms/v1/a/send", "payload", 7);
    packet_puback(&out, 5);
    assert_int_equal(packet_read(&packet, &size, out.bytes, out.length), PACKET_OK);
    assert_int_equal(packet.type, PACKET_PUBLISH);
    assert_int_equal(packet.id, 77);
    assert_int_equal(packet.qos, 1);
    assert_memory_equal(packet.topic, "sms/v1/a/send", packet.topic_length);
    assert_memory_equal(packet.payload, "payload", packet.payload_length);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(read_bytes(&packet, &size, out.bytes, cut), PACKET_MORE);
    assert_int_equal(packet_read(&packet, &size, out.bytes + size, out.length - size), PACKET_OK);
    assert_int_equal(packet.type, PACKET_PUBACK);
    assert_int_equal(packet.id, 5);
    buffer_clear(&out);
}

static void test_broker_packets(void **state)
{
    (void)state;
    struct packet packet;
    size_t size;
    const uint8_t connack[] = {0x20, 14, 0, 0, 11, 0x22, 0, 10, 0x21, 0, 20, 0x12, 0, 3, 'a', 'b'};
    assert_int_equal(read_bytes(&packet, &size, connack, sizeof connack), PACKET_BAD); // string runs over
    const uint8_t good[] = {0x20, 14, 0, 0x87, 11, 0x22, 0, 10, 0x12, 0, 2, 'a', 'b', 0x21, 0, 20};
    assert_int_equal(read_bytes(&packet, &size, good, sizeof good), PACKET_OK);
    assert_int_equal(packet.reason, 0x87);
    assert_int_equal(packet.receive_maximum, 20);
    const uint8_t suback[] = {0x90, 5, 0, 1, 0, 1, 0x87};
    assert_int_equal(read_bytes(&packet, &size, suback, sizeof suback), PACKET_OK);
    assert_int_equal(packet.reason, 0x87);
    const uint8_t puback[] = {0x40, 4, 0, 9, 0x10, 0};
    assert_int_equal(read_bytes(&packet, &size, puback, sizeof puback), PACKET_OK);
    assert_int_equal(packet.reason, 0x10);
    const uint8_t length[] = {0x30, 0xff, 0xff, 0xff, 0xff, 0x01};
    assert_int_equal(read_bytes(&packet, &size, length, sizeof length), PACKET_BAD);
    const uint8_t connect[] = {0x10, 0};
    assert_int_equal(read_bytes(&packet, &size, connect, sizeof connect), PACKET_BAD);
}

static void test_payload_is_what_the_decoder_expects(void **state)
{
    (void)state;
    struct buffer out = {.bytes = NULL};
    struct fleet_report report = {.seq = 12,
                                  .lease = 3,
                                  .at = 1700000000123,
                                  .state = STATE_FAILED,
                                  .parts = 2,
                                  .part = 1,
                                  .code = "X"};
    assert_true(fleet_id_parse(report.id, ID));
    fleet_payload_begin(&out, "abc");
    fleet_payload_report(&out, &report);
    report.kind = WIRE_ERROR_LIMIT;
    fleet_payload_report(&out, &report);
    fleet_payload_none(&out, ID, 5);
    fleet_payload_end(&out);
    struct wire_reports reports;
    struct field_error error;
    assert_true(wire_reports_decode(&reports, (const char *)out.bytes, out.length, &error));
    assert_string_equal(reports.journal, "abc");
    assert_int_equal(reports.count, 3);
    assert_int_equal(reports.items[0].seq, 12);
    assert_string_equal(reports.items[0].id, ID);
    assert_int_equal(reports.items[0].state, STATE_FAILED);
    assert_int_equal(reports.items[0].at, 1700000000123);
    assert_int_equal(reports.items[0].error_kind, WIRE_ERROR_NONE);
    assert_string_equal(reports.items[1].error_code, "X");
    assert_true(reports.items[2].none);
    wire_reports_clear(&reports);
    buffer_clear(&out);
}

static void test_ended_messages_are_forgotten_in_order(void **state)
{
    (void)state;
    static struct fleet fleet = {.options.keep = 100};
    struct fleet_device device = {.fd = -1};
    fleet_table_init(&fleet);
    for (unsigned i = 0; i < 10000; i++) {
        uint8_t id[FLEET_ID_BYTES] = {0};
        memcpy(id + 8, &i, sizeof i);
        struct fleet_message *message = fleet_message_new(&fleet, &device, id);
        message->message.stage = MESSAGE_FINAL;
        assert_ptr_equal(fleet_find(&fleet, &device, id), message);
        fleet_message_ended(&fleet, message);
    }
    assert_int_equal(fleet.message_count, 100);
    uint8_t id[FLEET_ID_BYTES] = {0};
    unsigned gone = 9899, kept = 9900;
    memcpy(id + 8, &gone, sizeof gone);
    assert_null(fleet_find(&fleet, &device, id));
    memcpy(id + 8, &kept, sizeof kept);
    assert_non_null(fleet_find(&fleet, &device, id));
    struct fleet_message *message;
    while ((message = fleet_list_take(&fleet.ended)) != NULL)
        free(message);
    while ((message = fleet.free_messages) != NULL) {
        fleet.free_messages = message->next;
        free(message);
    }
    free(fleet.table);
}

static void test_percentiles(void **state)
{
    (void)state;
    static struct stats stats;
    assert_int_equal(stats_percentile(&stats, 0.5), 0);
    for (int64_t us = 1; us <= 1000; us++)
        stats_latency(&stats, us * 1000);
    static const double shares[] = {0.1, 0.5, 0.9, 0.99};
    for (size_t i = 0; i < 4; i++) {
        double expected = shares[i] * 1e6, seen = (double)stats_percentile(&stats, shares[i]);
        assert_true(seen > expected * 0.97 && seen < expected * 1.04);
    }
    stats_latency(&stats, 0);
    stats_latency(&stats, INT64_MAX / 2);
    assert_int_equal(stats.latency_count, 1002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish_comes_back),
        cmocka_unit_test(test_broker_packets),
        cmocka_unit_test(test_payload_is_what_the_decoder_expects),
        cmocka_unit_test(test_ended_messages_are_forgotten_in_order),
        cmocka_unit_test(test_percentiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
