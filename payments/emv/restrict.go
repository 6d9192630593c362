package emv

import (
	"encoding/binary"
	"fmt"

	"wattkiosk/payments/emv/tlv"
)

// Bits of the application's use (9F07, byte 1).
const (
	useHereGoods      = 0x20
	useAbroadGoods    = 0x10
	useHereServices   = 0x08
	useAbroadServices = 0x04
	useOutsideOfATMs  = 0x01
)

// Bits of the TVR; those of a byte 2 that a table of a terminal uses are beside it.
const (
	tvrNotAuthenticated = 0x80 // byte 1: offline data authentication was not performed
	tvrVersions         = 0x80 // byte 2
)

// restrict finds out whether the application may be used for this payment, and notes
// it in the TVR (Book 3, 10.4).
func (r *records) restrict() error {
	k := r.k
	k.tvr[0] |= tvrNotAuthenticated
	if v := k.objects.get(tagCardVersion); v != nil && string(v) != string(k.objects.get(tagVersion)) {
		k.tvr[1] |= tvrVersions
	}
	if err := r.restrictDates(); err != nil {
		return err
	}
	if use := k.objects.get(tagUse); use != nil {
		if len(use) != 2 {
			return fmt.Errorf("%v: %w", tagUse, ErrMalformed)
		}
		if !r.mayUse(use[0]) {
			k.tvr[1] |= tvrNotAllowed
		}
	}

	return nil
}

func (r *records) mayUse(use byte) bool {
	k := r.k
	if use&useOutsideOfATMs == 0 {
		return false
	}
	country := k.objects.get(tagIssuerCountry)
	switch {
	case len(country) != 2:
		return true
	case binary.BigEndian.Uint16(country) == k.terminal.Country:
		return use&(useHereGoods|useHereServices) != 0
	}

	return use&(useAbroadGoods|useAbroadServices) != 0
}

func (r *records) restrictDates() error {
	k := r.k
	today := k.payment.At.Year()*10000 + int(k.payment.At.Month())*100 + k.payment.At.Day()
	expiry, err := r.date(tagExpiry)
	switch {
	case err != nil:
		return err
	case today > expiry:
		k.tvr[1] |= tvrExpired
	}

	if k.objects.get(tagEffective) == nil {
		return nil
	}
	effective, err := r.date(tagEffective)
	switch {
	case err != nil:
		return err
	case today < effective:
		k.tvr[1] |= tvrNotYet
	}

	return nil
}

// date is a date of the card as yyyymmdd. Years from 50 on are of the last century.
// Cards exist whose last day of a month is 31 for every month: it is compared, not
// looked up.
func (r *records) date(tag tlv.Tag) (int, error) {
	d, ok := digits(r.k.objects.get(tag))
	if !ok || len(d) != 6 {
		return 0, fmt.Errorf("%v: %w", tag, ErrMalformed)
	}
	two := func(i int) int { return int(d[i]-'0')*10 + int(d[i+1]-'0') }
	year := 2000 + two(0)
	month, day := two(2), two(4)
	if year >= 2050 {
		year -= 100
	}
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, fmt.Errorf("%v: %w", tag, ErrMalformed)
	}

	return year*10000 + month*100 + day, nil
}
