package bench

import (
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

// Places in an AT88SC102, in bytes.
const (
	chipEnd  = 10
	zone1At  = 22
	zone2At  = 92
	zoneSize = 64
)

// content is what a terminal that reads the card gets, by the names of userfile.Plan, and
// the form of the card; false if it is none that a meter takes.
func content(c *cardsim.Card) (form metercard.Form, saved map[string]script.Bytes, ok bool) {
	if chip, is := processor(c).(*cardsim.MeterCard); is {
		serial := chip.Serial()
		return metercard.CPU, map[string]script.Bytes{
			userfile.SavedSerial: serial[:],
			userfile.SavedParam:  script.Bytes(chip.Files[cardsim.FileParam]),
			userfile.SavedPurse:  script.Bytes(chip.Files[cardsim.FilePurse]),
			userfile.SavedReturn: script.Bytes(chip.Files[cardsim.FileReturned]),
		}, true
	}

	switch chip := c.Memory.(type) {
	case *cardsim.SLE4442:
		return metercard.SLE4442, map[string]script.Bytes{userfile.SavedImage: script.Bytes(chip.Main)}, true
	case *cardsim.AT88SC102:
		return metercard.AT88SC102, map[string]script.Bytes{
			userfile.SavedChip:  script.Bytes(chip.Main[:chipEnd]),
			userfile.SavedZone1: script.Bytes(chip.Main[zone1At : zone1At+zoneSize]),
			userfile.SavedZone2: script.Bytes(chip.Main[zone2At : zone2At+zoneSize]),
		}, true
	}

	return "", nil, false
}

// facts is what a meter card says of itself; false for a card that no meter takes, and one
// whose files cannot be read.
func facts(c *cardsim.Card) (metercard.Facts, bool) {
	form, saved, ok := content(c)
	if !ok {
		return metercard.Facts{}, false
	}
	f, err := userfile.Facts(form, saved)

	return f, err == nil
}
