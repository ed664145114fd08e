package der

import "fmt"

// Time reads a UTCTime (YYMMDDHHMMSSZ, years 1950…2049) or a GeneralizedTime (YYYYMMDDHHMMSSZ), the two forms of RFC
// 5280, and returns seconds since 1970-01-01 00:00:00 UTC. Leap seconds and dates that do not exist are ErrValue.
func (r *Reader) Time() (int64, error) {
	tag, content, _, err := r.Any()
	if err != nil {
		return 0, err
	}
	switch {
	case tag == TagUTCTime && len(content) == 13:
		year, ok := digits(content[:2])
		if year < 50 {
			year += 100
		}
		return seconds(1900+year, content[2:], ok)
	case tag == TagGeneralizedTime && len(content) == 15:
		year, ok := digits(content[:4])
		return seconds(year, content[4:], ok)
	case tag == TagUTCTime || tag == TagGeneralizedTime:
		return 0, fmt.Errorf("%w: time of %d characters, want YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ", ErrValue, len(content))
	default:
		return 0, fmt.Errorf("%w: 0x%02x, want a time", ErrTag, tag)
	}
}

// seconds converts a year and MMDDHHMMSSZ.
func seconds(year int, text []byte, ok bool) (int64, error) {
	var field [5]int
	for i := range field {
		n, digitsOK := digits(text[2*i : 2*i+2])
		field[i], ok = n, ok && digitsOK
	}
	month, day, hour, minute, second := field[0], field[1], field[2], field[3], field[4]
	if !ok || text[10] != 'Z' || month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, fmt.Errorf("%w: time %d-%q", ErrValue, year, text)
	}
	return daysSinceEpoch(year, month, day)*86400 + int64(hour)*3600 + int64(minute)*60 + int64(second), nil
}

func digits(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysOf(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// daysSinceEpoch counts days of the Gregorian calendar from 1970-01-01, 0 ≤ year ≤ 9999. Years start in March, so that
// a leap day is a year's last.
func daysSinceEpoch(year, month, day int) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	if year < 0 { // January and February of year 0
		return -719528 + int64((month-13)*31+day-1)
	}
	days := 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1
	return int64(days) - 719468
}
