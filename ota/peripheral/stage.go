package peripheral

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/ota/manifest"
)

// stage is the record of a firmware that is being brought into a device. Its image
// lies beside it, named by its hash. The record is written after the image and
// replaced at once, so that there is never a record without its image.
type stage struct {
	Payload  string          `json:"payload"`
	Device   manifest.Device `json:"device"`
	SHA256   manifest.Digest `json:"sha256"`         // of the image
	From     string          `json:"from,omitempty"` // version that the device had; "" = it did not say
	Attempts int             `json:"attempts"`
}

const (
	recordFile  = "stage.json"
	imageEnding = ".bin"
)

// Staged is a firmware that is on its way into a device.
type Staged struct {
	Payload string
	Device  manifest.Device
	SHA256  manifest.Digest // of the image
	From    string          // version that the device had; "" = it did not say
	Begun   bool            // a flash began: the device may be in its loader
}

// Staged tells what Resume would end; false for nothing.
func (i *Installer) Staged() (Staged, bool, error) {
	s, err := i.load()
	if err != nil || s == nil {
		return Staged{}, false, err
	}
	return Staged{Payload: s.Payload, Device: s.Device, SHA256: s.SHA256, From: s.From, Begun: s.Attempts > 0}, true, nil
}

func (s *stage) imageFile() string { return s.SHA256.String() + imageEnding }

// load finds what was staged; nil if nothing was.
func (i *Installer) load() (*stage, error) {
	text, err := os.ReadFile(filepath.Join(i.Dir, recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read what was staged: %w", err)
	}
	var s stage
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, errors.Join(refuse(GaveUp, "what was staged is damaged; install it again"), i.clear())
	}
	return &s, nil
}

// image reads the staged image and checks it against the record.
func (i *Installer) image(s *stage) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(i.Dir, s.imageFile()))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read the staged firmware: %w", err)
	}
	if sha256.Sum256(data) != s.SHA256 {
		return nil, errors.Join(refuse(GaveUp, "the staged firmware of the %s is damaged; install it again", s.Device.Class), i.clear())
	}
	return data, nil
}

// stage puts a firmware in the place of whatever was staged.
func (i *Installer) stage(s *stage, image []byte) error {
	if err := i.replace(s.imageFile(), image); err != nil {
		return err
	}
	if err := i.save(s); err != nil {
		return err
	}
	return i.sweep(s.imageFile())
}

// save writes the record durably.
func (i *Installer) save(s *stage) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return i.replace(recordFile, text)
}

// clear forgets what was staged.
func (i *Installer) clear() error {
	if err := durable.Remove(filepath.Join(i.Dir, recordFile)); err != nil {
		return fmt.Errorf("cannot clear the stage: %w", err)
	}
	return i.sweep("")
}

// sweep removes all images but one.
func (i *Installer) sweep(keep string) error {
	entries, err := os.ReadDir(i.Dir)
	if err != nil {
		return fmt.Errorf("cannot clear the stage: %w", err)
	}
	for _, e := range entries {
		if e.Name() == recordFile || e.Name() == keep {
			continue
		}
		if err := os.Remove(filepath.Join(i.Dir, e.Name())); err != nil {
			return fmt.Errorf("cannot clear the stage: %w", err)
		}
	}
	return nil
}

// replace writes a file durably: all of it or none.
func (i *Installer) replace(name string, data []byte) error {
	if err := durable.Replace(filepath.Join(i.Dir, name), data); err != nil {
		return fmt.Errorf("cannot stage: %w", err)
	}
	return nil
}
