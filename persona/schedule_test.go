package persona_test

import (
	"strings"
	"testing"
	"time"

	"imagined/persona"
)

func TestParseSchedule(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 1, 10, 7, 30, 0, time.UTC)
	tests := []struct{ spec, next string }{
		{"*/20 * * * *", "2026-03-01T10:20:00Z"},
		{" 0 9,18 * * * ", "2026-03-01T18:00:00Z"},
		{"30 7 * * MON-FRI", "2026-03-02T07:30:00Z"},
		{"0 0 29 2 *", "2028-02-29T00:00:00Z"},
		{"0 0 1-31/5 * *", "2026-03-06T00:00:00Z"},
		{"@daily", "2026-03-02T00:00:00Z"},
		{"@every 15s", "2026-03-01T10:07:45Z"},
		{"@every 1h30m", "2026-03-01T11:37:30Z"},
	}
	for _, tt := range tests {
		s, err := persona.ParseSchedule(tt.spec)
		if err != nil {
			t.Errorf("%q: %v", tt.spec, err)
			continue
		}
		if got := s.Next(from).Format(time.RFC3339); got != tt.next {
			t.Errorf("%q: next = %s, want %s", tt.spec, got, tt.next)
		}
	}
	if s, err := persona.ParseSchedule("off"); s != nil || err != nil {
		t.Errorf("off: %v, %v; want neither schedule nor error", s, err)
	}
}

func TestParseSchedule_FollowsTheZoneOfTheTime(t *testing.T) {
	t.Parallel()
	s, err := persona.ParseSchedule("0 9 * * *")
	if err != nil {
		t.Fatal(err)
	}
	p := &persona.Persona{Timezone: "Asia/Tokyo"}
	got := s.Next(time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC).In(p.Location()))
	if want := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("next = %s, want %s", got, want)
	}
}

func TestParseSchedule_Refused(t *testing.T) {
	t.Parallel()
	tests := []struct{ spec, want string }{
		{"", "empty"},
		{"OFF", "fields"},
		{"* * * *", "fields"},
		{"0 * * * * *", "fields"},
		{"* * * * 7", "maximum"},
		{"61 * * * *", "maximum"},
		{"@reboot", "descriptor"},
		{"TZ=UTC", "timezone"},
		{"CRON_TZ=UTC 0 9 * * *", "timezone"},
		{"TZ= * * * * *", "timezone"},
		{"0 0 30 2 *", "never fires"},
		{", * * * *", "never fires"},
		{"*/999 * * * *", "step /999"},
		{"* 0/24 * * *", "step /24"},
		{"*/99999999999999999999 * * * *", "step"},
		{"*/0 * * * *", "step"},
		{"@every", "descriptor"},
		{"@every soon", "not a duration"},
		{"@every -5s", "faster than once a second"},
		{"@every 0s", "faster than once a second"},
		{"@every 500ms", "faster than once a second"},
		{"@every 1500ms", "whole seconds"},
		{"@every +5s", "not a duration"},
		{"@every 5000000us", "not a duration"},
		{"@every 8785h", "once a year"},
		{strings.Repeat("0,", 50) + "0 * * * *", "longer"},
	}
	for _, tt := range tests {
		s, err := persona.ParseSchedule(tt.spec)
		if err == nil || s != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: schedule %v, err %v; want an error with %q", tt.spec, s, err, tt.want)
		}
	}
}

func TestPersona_Location(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{"Europe/Paris": "Europe/Paris", "": "UTC", "Local": "UTC", "Mars/Base": "UTC"} {
		p := persona.Persona{Timezone: zone}
		if got := p.Location().String(); got != want {
			t.Errorf("Location of %q = %s, want %s", zone, got, want)
		}
	}
}

func TestPersona_Quiet(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, zone, hours, at, until string }{
		{"none", "UTC", "", "2026-06-01T03:00:00Z", ""},
		{"before", "UTC", "23:00-07:00", "2026-06-01T22:59:59Z", ""},
		{"first moment", "UTC", "23:00-07:00", "2026-06-01T23:00:00Z", "2026-06-02T07:00:00Z"},
		{"after midnight", "UTC", "23:00-07:00", "2026-06-02T00:00:00Z", "2026-06-02T07:00:00Z"},
		{"last moment", "UTC", "23:00-07:00", "2026-06-02T06:59:59Z", "2026-06-02T07:00:00Z"},
		{"over", "UTC", "23:00-07:00", "2026-06-02T07:00:00Z", ""},
		{"over the year's end", "UTC", "23:00-07:00", "2026-12-31T23:30:00Z", "2027-01-01T07:00:00Z"},
		{"within a day", "UTC", "12:30-14:00", "2026-06-01T13:00:00Z", "2026-06-01T14:00:00Z"},
		{"within a day, night", "UTC", "12:30-14:00", "2026-06-01T23:30:00Z", ""},
		{"until midnight", "UTC", "22:00-00:00", "2026-06-01T23:30:00Z", "2026-06-02T00:00:00Z"},
		{"from midnight", "UTC", "00:00-06:00", "2026-06-01T00:00:00Z", "2026-06-01T06:00:00Z"},
		{"all but a minute", "UTC", "08:00-07:59", "2026-06-01T07:58:00Z", "2026-06-01T07:59:00Z"},
		{"east", "Asia/Tokyo", "23:00-07:00", "2026-06-01T14:00:00Z", "2026-06-01T22:00:00Z"},
		{"west, awake", "America/New_York", "23:00-07:00", "2026-06-01T12:00:00Z", ""},
		// Berlin leaps from 02:00 to 03:00 at 01:00 UTC on 29 March 2026.
		{"short night", "Europe/Berlin", "23:00-07:00", "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"},
		{"ends in the gap", "Europe/Berlin", "23:00-02:30", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"},
		{"ended in the gap", "Europe/Berlin", "23:00-02:30", "2026-03-29T01:00:00Z", ""},
		{"begins in the gap", "Europe/Berlin", "02:30-05:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		{"not before the gap", "Europe/Berlin", "02:30-05:00", "2026-03-29T00:59:59Z", ""},
		{"swallowed by the gap", "Europe/Berlin", "02:10-02:50", "2026-03-29T01:00:00Z", ""},
		// Berlin shows 02:00 to 03:00 twice, from 00:00 UTC on 25 October 2026.
		{"long night", "Europe/Berlin", "23:00-07:00", "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"},
		{"ends twice, between", "Europe/Berlin", "23:00-02:30", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z"},
		{"ends twice, over", "Europe/Berlin", "23:00-02:30", "2026-10-25T01:30:00Z", ""},
		{"begins twice, first", "Europe/Berlin", "02:30-05:00", "2026-10-25T00:30:00Z", "2026-10-25T04:00:00Z"},
		{"begins twice, between", "Europe/Berlin", "02:30-05:00", "2026-10-25T01:10:00Z", "2026-10-25T04:00:00Z"},
		// New York shows 01:00 to 02:00 twice, from 05:00 UTC on 1 November 2026.
		{"ends twice, west", "America/New_York", "23:00-01:30", "2026-11-01T06:15:00Z", "2026-11-01T06:30:00Z"},
		{"begins twice, west", "America/New_York", "01:30-05:00", "2026-11-01T05:30:00Z", "2026-11-01T10:00:00Z"},
		// Sao Paulo had no midnight on 4 November 2018: 00:00 became 01:00 at 03:00 UTC.
		{"no midnight", "America/Sao_Paulo", "00:00-06:00", "2018-11-04T03:00:00Z", "2018-11-04T08:00:00Z"},
		{"until no midnight", "America/Sao_Paulo", "22:00-00:00", "2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z"},
		// Apia had no 30 December 2011 at all: midnight of the 29th became the 31st at 10:00 UTC.
		{"no such day", "Pacific/Apia", "23:00-07:00", "2011-12-30T09:30:00Z", "2011-12-30T10:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			p := &persona.Persona{Timezone: tt.zone, QuietHours: tt.hours}
			until, quiet := p.Quiet(at)
			got := ""
			if quiet {
				got = until.UTC().Format(time.RFC3339)
			}
			if got != tt.until {
				t.Errorf("quiet until %q, want %q", got, tt.until)
			}
		})
	}
}
