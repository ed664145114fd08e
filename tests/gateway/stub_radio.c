// The radio below Semtech's packet forwarder, without a radio: every command of sx1302_hal's library succeeds, what is transmitted is printed, and
// two packets arrive every two seconds, one of LoRaWAN and one of its proprietary type. tests/gateway/semtech.sh builds the forwarder with it.

#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/time.h>

#include "loragw_hal.h"
#include "loragw_gps.h"

#define DONE(name, ...) int name(__VA_ARGS__) { return LGW_HAL_SUCCESS; }

DONE(lgw_board_setconf, struct lgw_conf_board_s *conf)
DONE(lgw_rxrf_setconf, uint8_t chain, struct lgw_conf_rxrf_s *conf)
DONE(lgw_rxif_setconf, uint8_t channel, struct lgw_conf_rxif_s *conf)
DONE(lgw_demod_setconf, struct lgw_conf_demod_s *conf)
DONE(lgw_txgain_setconf, uint8_t chain, struct lgw_tx_gain_lut_s *conf)
DONE(lgw_ftime_setconf, struct lgw_conf_ftime_s *conf)
DONE(lgw_sx1261_setconf, struct lgw_conf_sx1261_s *conf)
DONE(lgw_debug_setconf, struct lgw_conf_debug_s *conf)
DONE(lgw_start, void)
DONE(lgw_stop, void)
DONE(lgw_abort_tx, uint8_t chain)
DONE(lgw_spectral_scan_start, uint32_t hz, uint16_t points)
DONE(lgw_spectral_scan_get_status, lgw_spectral_scan_status_t *status)
DONE(lgw_spectral_scan_get_results, int16_t levels[static LGW_SPECTRAL_SCAN_RESULT_SIZE], uint16_t results[static LGW_SPECTRAL_SCAN_RESULT_SIZE])
DONE(lgw_spectral_scan_abort, void)

// microseconds is the concentrator's counter, which wraps as the real one does.
static uint32_t microseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)(t.tv_sec * 1000000ull + t.tv_nsec / 1000);
}

int lgw_get_trigcnt(uint32_t *count) { *count = microseconds(); return LGW_HAL_SUCCESS; }
int lgw_get_instcnt(uint32_t *count) { *count = microseconds(); return LGW_HAL_SUCCESS; }
int lgw_get_eui(uint64_t *eui) { *eui = 0xAA555A0000000000ull; return LGW_HAL_SUCCESS; }
int lgw_get_temperature(float *celsius) { *celsius = 23.5f; return LGW_HAL_SUCCESS; }
const char *lgw_version_info(void) { return "stub radio"; }

int lgw_status(uint8_t chain, uint8_t select, uint8_t *code) {
    *code = select == TX_STATUS ? TX_FREE : RX_ON;
    return LGW_HAL_SUCCESS;
}

// 24 bytes at SF12 and 125 kHz last 1,483 ms.
uint32_t lgw_time_on_air(const struct lgw_pkt_tx_s *packet) { return 1483; }

int lgw_send(struct lgw_pkt_tx_s *p) {
    printf("stub radio: transmits %u bytes at %u Hz, %d dBm, SF%u, bandwidth %u, inverted %d, preamble %u, first byte %02x\n",
           p->size, p->freq_hz, p->rf_power, p->datarate, p->bandwidth, p->invert_pol, p->preamble, p->payload[0]);
    fflush(stdout);
    return LGW_HAL_SUCCESS;
}

int lgw_receive(uint8_t room, struct lgw_pkt_rx_s *p) {
    static time_t last;
    time_t now = time(NULL);
    if (room < 2 || now - last < 2) return 0;
    last = now;
    memset(p, 0, 2 * sizeof *p);
    for (int i = 0; i < 2; i++, p++) {
        p->freq_hz = 868100000;
        p->freq_offset = -1234;
        p->status = STAT_CRC_OK;
        p->count_us = microseconds();
        p->modulation = MOD_LORA;
        p->bandwidth = BW_125KHZ;
        p->coderate = CR_LORA_4_5;
        p->rssic = -101.7f;
        p->rssis = -104.2f;
        p->snr = -3.4f;
        p->ftime_received = true;
        p->ftime = 123456789;
        p->datarate = i ? DR_LORA_SF7 : DR_LORA_SF12;
        p->size = i ? 5 : 24;
        p->payload[0] = i ? 0x40 : 0xe0;
    }
    return 2;
}

// There is no satellite receiver either: the forwarder goes on without one.
int lgw_gps_enable(char *path, char *family, speed_t speed, int *fd) { return LGW_GPS_ERROR; }
int lgw_gps_disable(int fd) { return LGW_GPS_SUCCESS; }
enum gps_msg lgw_parse_nmea(const char *text, int size) { return UNKNOWN; }
enum gps_msg lgw_parse_ubx(const char *text, size_t size, size_t *used) { return UNKNOWN; }
int lgw_gps_get(struct timespec *utc, struct timespec *gps, struct coord_s *place, struct coord_s *error) { return LGW_GPS_ERROR; }
int lgw_gps_sync(struct tref *ref, uint32_t count, struct timespec utc, struct timespec gps) { return LGW_GPS_ERROR; }
int lgw_cnt2utc(struct tref ref, uint32_t count, struct timespec *utc) { return LGW_GPS_ERROR; }
int lgw_cnt2gps(struct tref ref, uint32_t count, struct timespec *gps) { return LGW_GPS_ERROR; }
int lgw_gps2cnt(struct tref ref, struct timespec gps, uint32_t *count) { return LGW_GPS_ERROR; }

void wait_ms(unsigned long ms) { usleep(ms * 1000); }
void timeout_start(struct timeval *start) { gettimeofday(start, NULL); }
int timeout_check(struct timeval start, uint32_t ms) { return 0; }
