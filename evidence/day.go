package evidence

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Day is a day of the calendar, counted from 1 January 1970.
type Day int32

// NoDay stands for a day that is not known.
const NoDay Day = -1 << 31

// Month is a month of the calendar: twelve times the year plus the month from 0.
type Month int32

// Date makes a day; it must exist.
func Date(year, month, day int) Day {
	return Day(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d Day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String writes YYYY-MM-DD.
func (d Day) String() string { return d.time().Format(time.DateOnly) }

// Month is the month that the day lies in.
func (d Day) Month() Month {
	// Civil from days, after Howard Hinnant's "chrono-compatible low-level date
	// algorithms": a hundred times faster than package time, and this runs for
	// every event.
	z := int64(d) + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	month := mp + 3
	if mp >= 10 {
		month = mp - 9
	}
	year := yoe + era*400
	if month <= 2 {
		year++
	}
	return Month(year*12 + month - 1)
}

// NewMonth makes a month from a year and a month from 1.
func NewMonth(year, month int) Month { return Month(year*12 + month - 1) }

// Year of the month.
func (m Month) Year() int { return int(m) / 12 }

// First is the month's first day.
func (m Month) First() Day { return Date(m.Year(), int(m)%12+1, 1) }

// Last is the month's last day.
func (m Month) Last() Day { return (m + 1).First() - 1 }

// String writes YYYY-MM.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year(), int(m)%12+1) }

// Words writes the month as "June 2014".
func (m Month) Words() string { return m.First().time().Format("January 2006") }

// ParseMonth reads YYYY-MM.
func ParseMonth(text string) (Month, bool) {
	if len(text) != 7 || text[4] != '-' {
		return 0, false
	}
	year, y := digits(text[:4])
	month, m := digits(text[5:])
	if !y || !m || month < 1 || month > 12 {
		return 0, false
	}
	return NewMonth(year, month), true
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) > 0 && len(s) < 10
}

var monthLengths = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// calendar makes a day of a year, month and day that may not exist.
func calendar(year, month, day int) (Day, bool) {
	if month < 1 || month > 12 || day < 1 {
		return NoDay, false
	}
	length := monthLengths[month]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		length = 29
	}
	if day > length {
		return NoDay, false
	}
	// Days from civil, after Hinnant.
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	mp := int64((month + 9) % 12)
	doy := (153*mp+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Day(era*146097 + doe - 719468), true
}

// Days between which an event is taken for possible. Earlier and later dates are
// mistakes of a file.
var (
	firstDay = Date(1945, 1, 1)
	lastDay  = Date(2100, 12, 31)
)

// ParseDay reads a day: YYYY-MM-DD with or without a time after it, YYYYMMDD, or
// day, month by name and year as ACLED writes it ("05 June 2014").
func ParseDay(text string) (Day, error) {
	day, ok := NoDay, false
	switch {
	case len(text) >= 10 && text[4] == '-' && text[7] == '-' && (len(text) == 10 || text[10] == ' ' || text[10] == 'T'):
		y, a := digits(text[:4])
		m, b := digits(text[5:7])
		d, c := digits(text[8:10])
		if a && b && c {
			day, ok = calendar(y, m, d)
		}
	case len(text) == 8:
		if n, all := digits(text); all {
			day, ok = calendar(n/10000, n/100%100, n%100)
		}
	default:
		for _, layout := range []string{"2 January 2006", "2-January-2006", "2 Jan 2006", "2-Jan-2006"} {
			if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
				day, ok = Day(t.Unix()/86400), true
				break
			}
		}
	}
	switch {
	case !ok:
		return NoDay, fmt.Errorf("%s is not a day; expected YYYY-MM-DD", quote(text))
	case day < firstDay || day > lastDay:
		return NoDay, fmt.Errorf("the date %s is out of range; expected one from %s to %s", text, firstDay, lastDay)
	}
	return day, nil
}

// quote writes text of a file for a message, cut where it is long.
func quote(text string) string {
	if r := []rune(text); len(r) > 40 {
		text = string(r[:37]) + "..."
	}
	return strconv.Quote(text)
}
