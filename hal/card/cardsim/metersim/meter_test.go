package metersim_test

import (
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/cardsim/metersim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

var (
	keys = meterissuersim.TestKeys()
	now  = time.Date(2026, 11, 30, 2, 45, 0, 0, time.UTC)
)

// bought is a card with purchase 5, which the meter below has not seen.
func bought(form metercard.Form) metercard.Facts {
	f := metercard.Facts{
		Serial: "0102030405060708", Form: form, Kind: metercard.Purchase, Meter: "000000123456", Customer: "001000000003", Count: 5, Purse: 10000,
	}
	if form != metercard.CPU {
		f.Loaded, f.Left = 4, 12000
	}

	return f
}

func meter() metersim.Meter {
	return metersim.Meter{Number: "000000123456", Customer: "001000000003", Opened: true, Card: "0102030405060708", Count: 4, Left: 12000, Limit: 22000}
}

func made(t *testing.T, f metercard.Facts) *cardsim.Card {
	t.Helper()
	c, err := meterissuersim.New("meter-1", f)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

func TestInsert(t *testing.T) {
	unopened := func(m *metersim.Meter) { m.Opened, m.Card, m.Customer, m.Count, m.Left = false, "", "", 0, 0 }
	first := func(f *metercard.Facts) { f.Kind, f.Count, f.Loaded = metercard.OpenAccount, 1, 0 }
	for name, c := range map[string]struct {
		card  func(*metercard.Facts)
		meter func(*metersim.Meter)
		want  metersim.Error
		load  money.Amount
	}{
		"a purchase":                    {nil, nil, 0, 10000},
		"over the hoarding limit":       {nil, func(m *metersim.Meter) { m.Limit-- }, metersim.OverHoarding, 0},
		"no hoarding limit":             {nil, func(m *metersim.Meter) { m.Limit = 0; m.Left = 1 << 30 }, 0, 10000},
		"of another meter":              {func(f *metercard.Facts) { f.Meter = "000000123457" }, nil, metersim.WrongMeter, 0},
		"of another customer":           {func(f *metercard.Facts) { f.Customer = "001000000004" }, nil, metersim.WrongCustomer, 0},
		"another card":                  {func(f *metercard.Facts) { f.Serial = "0102030405060709" }, nil, metersim.WrongSerial, 0},
		"a purchase left out":           {func(f *metercard.Facts) { f.Count = 6 }, nil, metersim.WrongCount, 0},
		"an old purchase":               {func(f *metercard.Facts) { f.Count = 3 }, nil, metersim.WrongCount, 0},
		"the last one, returned":        {func(f *metercard.Facts) { f.Count, f.Loaded = 4, 4 }, nil, metersim.WrongCount, 0},
		"the last one, not returned":    {func(f *metercard.Facts) { f.Count, f.Loaded = 4, 0 }, nil, 0, 0},
		"blank":                         {func(f *metercard.Facts) { *f = metercard.Facts{Serial: f.Serial, Form: f.Form, Kind: metercard.Blank} }, nil, metersim.Unissued, 0},
		"a purchase in an unopened one": {nil, unopened, metersim.PurchaseUnopened, 0},
		"a replacement in an unopened":  {func(f *metercard.Facts) { f.Kind = metercard.Replacement }, unopened, metersim.ReplacementUnopened, 0},
		"open account":                  {first, unopened, 0, 10000},
		"open account, not the first":   {func(f *metercard.Facts) { f.Kind = metercard.OpenAccount; f.Count = 2 }, unopened, metersim.WrongCount, 0},
		"open account, no purchase":     {func(f *metercard.Facts) { first(f); f.Count, f.Purse = 0, 0 }, unopened, 0, 0},
		"a replacement":                 {func(f *metercard.Facts) { f.Kind, f.Serial = metercard.Replacement, "0102030405060709" }, nil, 0, 10000},
		"a replacement, no purchase": {func(f *metercard.Facts) {
			f.Kind, f.Serial, f.Count, f.Loaded = metercard.Replacement, "0102030405060709", 4, 0
		}, nil, 0, 0},
	} {
		for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
			t.Run(name+" "+string(form), func(t *testing.T) {
				f, m := bought(form), meter()
				if c.card != nil {
					c.card(&f)
				}
				if c.meter != nil {
					c.meter(&m)
				}
				before, card := m, made(t, f)

				got := m.Insert(card, keys, now)
				want := metersim.Result{Error: c.want, Loaded: c.load, Returned: c.want == 0, Left: before.Left + c.load}
				if got != want {
					t.Errorf("\n got %+v\nwant %+v", got, want)
				}
				if c.want != 0 {
					before.Illegal, before.Drawn = 1, m.Drawn
					if !reflect.DeepEqual(m, before) {
						t.Errorf("refused, and the meter is %+v", m)
					}

					return
				}
				if m.Card != f.Serial || !m.Opened || m.Customer != f.Customer || m.Count != f.Count {
					t.Errorf("the meter is %+v", m)
				}
				if (len(m.Loads) == 1) != (c.load > 0) {
					t.Errorf("loads %+v", m.Loads)
				}
			})
		}
	}
}

// TestProcessorCardsOnly: what only they can be refused for.
func TestProcessorCardsOnly(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*cardsim.MeterCard)
		want metersim.Error
	}{
		"mute":                     {func(m *cardsim.MeterCard) { m.ATR = nil }, metersim.NoAnswer},
		"another key":              {func(m *cardsim.MeterCard) { m.Key[0]++ }, metersim.InternalAuth},
		"no try left":              {func(m *cardsim.MeterCard) { m.Tries = 0 }, metersim.ExternalAuth},
		"no user files":            {func(m *cardsim.MeterCard) { delete(m.Files, cardsim.FilePurse) }, metersim.Unissued},
		"parameter file torn":      {func(m *cardsim.MeterCard) { m.Files[cardsim.FileParam][9]++ }, metersim.WrongFormat},
		"a count that cannot be":   {func(m *cardsim.MeterCard) { m.Files[cardsim.FilePurse][4] = 0x7F }, metersim.WrongFormat},
		"type 4":                   {func(m *cardsim.MeterCard) { m.Files[cardsim.FileParam][42] = 4; m.Files[cardsim.FileParam][43] += 2 }, metersim.WrongType},
		"return file not empty":    {func(m *cardsim.MeterCard) { m.Files[cardsim.FileReturned][0] = 1 }, metersim.NotEmpty},
		"no power after two steps": {func(m *cardsim.MeterCard) { m.CutAfter(2) }, metersim.Communication},
	} {
		card, m := made(t, bought(metercard.CPU)), meter()
		c.with(card.Processor.(*cardsim.MeterCard))
		if got := m.Insert(card, keys, now); got != (metersim.Result{Error: c.want, Left: 12000}) {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

func TestOtherCards(t *testing.T) {
	for name, c := range map[string]struct {
		card *cardsim.Card
		want metersim.Error
	}{
		"a stripe":        {&cardsim.Card{}, metersim.NoAnswer},
		"another chip":    {&cardsim.Card{Memory: cardsim.NewSLE4428([2]byte{})}, metersim.NoAnswer},
		"not issued":      {&cardsim.Card{Memory: cardsim.NewSLE4442(keys.SLE4442)}, metersim.Unissued},
		"another program": {&cardsim.Card{Processor: &cardsim.Script{ATR: []byte{0x3B, 0}, Answer: func([]byte) []byte { return []byte{0x6D, 0} }}}, metersim.Unissued},
	} {
		m := meter()
		if got := m.Insert(c.card, keys, now); got != (metersim.Result{Error: c.want, Left: 12000}) || m.Illegal != 1 {
			t.Errorf("%s: %+v, %d illegal", name, got, m.Illegal)
		}
	}

	m := meter()
	locked := made(t, bought(metercard.SLE4442))
	locked.Memory.(*cardsim.SLE4442).PSC = cardsim.Hex{9, 9, 9}
	if got := m.Insert(locked, keys, now); got.Error != metersim.ExternalAuth || m.Count != 4 {
		t.Errorf("another code: %+v", got)
	}
}

// TestReturnFile: as it was computed apart from this code (Python): meter, customer, left,
// count, time.
func TestReturnFile(t *testing.T) {
	card, m := made(t, bought(metercard.CPU)), meter()
	m.Illegal = 2
	m.Insert(card, keys, now)
	const want = "6801002b" + "00000000000000" + "000000123456" + "001000000003" + "000055f0" + "00000005" + "00000000" + "00000000" + "000002" + "2611300245"
	if got := hex.EncodeToString(card.Processor.(*cardsim.MeterCard).Files[cardsim.FileReturned]); !strings.HasPrefix(got, want) || len(got) != 98 {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestMeterIsItsState(t *testing.T) {
	card, m := made(t, bought(metercard.CPU)), meter()
	m.Insert(card, keys, now)
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"number":"000000123456","customer":"001000000003","opened":true,"card":"0102030405060708","count":5,"left":22000,"limit":22000,` +
		`"drawn":1,"loads":[{"card":"0102030405060708","count":5,"amount":10000}]}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	var again metersim.Meter
	if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(again, m) {
		t.Errorf("%+v, %v", again, err)
	}
	if got := again.Insert(card, keys, now); got.Error != metersim.WrongCount || got.Loaded != 0 {
		t.Errorf("the same card once more: %+v", got)
	}
}

func TestWords(t *testing.T) {
	if e := metersim.WrongCount; e.String() != "Err-17" || e.Chinese() != "购电次数错误" || e.English() != "this is not the next purchase" {
		t.Errorf("%s %s %s", e, e.Chinese(), e.English())
	}
	if e := metersim.Error(0); e.String() != "" || e.Chinese() != "" {
		t.Errorf("no error is %q, %q", e, e.Chinese())
	}
}
