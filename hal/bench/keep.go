package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/metersim"
)

// keptFile, below the bench's folder, has the meter cards and the meters: what the systems
// outside believe of them lasts as long. Bank cards are new at each start.
const keptFile = "metercards.json"

// kept is the form of keptFile, version 1 (first).
type kept struct {
	Version int               `json:"version"`
	Cards   []*cardsim.Card   `json:"cards"`
	Meters  []*metersim.Meter `json:"meters"`
}

const keptVersion = 1

// keep writes the meter cards and the meters down, whole or not at all. A failure is said
// by Close.
func (b *Bench) keep() {
	b.keeping.Lock()
	defer b.keeping.Unlock()
	text, err := b.kept()
	if err == nil {
		err = durable.Replace(filepath.Join(b.dir, keptFile), text)
	}
	if err != nil {
		b.notKept = fmt.Errorf("cannot keep the meter cards: %w", err)
	}
}

func (b *Bench) kept() (text []byte, err error) {
	k := kept{Version: keptVersion}
	b.atReaders(func(time.Time) {
		for _, id := range slices.Sorted(maps.Keys(meterCards())) {
			c := b.cards[id]
			k.Cards = append(k.Cards, &cardsim.Card{ID: id, Processor: processor(c), Memory: c.Memory})
		}
		for _, no := range slices.Sorted(maps.Keys(b.meters)) {
			k.Meters = append(k.Meters, b.meters[no])
		}
		text, err = json.MarshalIndent(k, "", " ")
	})

	return text, err
}

// restore has the cards and the meters as they were kept. Without a file they are new.
func (b *Bench) restore() error {
	text, err := os.ReadFile(filepath.Join(b.dir, keptFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err == nil && k.Version != keptVersion {
		err = fmt.Errorf("version %d", k.Version)
	}
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", keptFile, err)
	}

	for _, c := range k.Cards {
		if b.cards[c.ID] != nil {
			b.cards[c.ID] = c
		}
	}
	for _, m := range k.Meters {
		if b.meters[m.Number] != nil {
			b.meters[m.Number] = m
		}
	}

	return nil
}
