// Package audio plays spoken prompts through ALSA's aplay.
//
// A prompt is a WAV file by name and language in one folder: <lang>/<name>.wav. A
// new prompt ends the one that plays: what the customer hears fits what the
// screen shows. Sound is a courtesy: its failure is logged and stops nothing.
package audio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// MaxLength bounds one prompt.
const MaxLength = 30 * time.Second

// ErrNoPrompt says that there is no such file; a machine may have few prompts.
var ErrNoPrompt = errors.New("no such prompt")

var word = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)

// Player plays prompts. Its methods are safe for concurrent use.
type Player struct {
	command []string // of the player, before the file
	dir     string
	failed  func(error)

	mu   sync.Mutex // guards what follows
	stop context.CancelFunc
	wg   sync.WaitGroup
	shut bool
}

// New is a player of the prompts in dir on an ALSA device ("default", "hw:0").
// failed receives what goes wrong while a prompt plays, on another goroutine.
func New(dir, device string, failed func(error)) *Player {
	return NewWith([]string{"aplay", "-q", "-D", device}, dir, failed)
}

// NewWith is New with another program, which gets the file as its last argument.
func NewWith(command []string, dir string, failed func(error)) *Player {
	return &Player{command: command, dir: dir, failed: failed}
}

// Play begins a prompt and returns at once. It ends the one that plays.
func (p *Player) Play(lang, name string) error {
	if !word.MatchString(lang) || !word.MatchString(name) {
		return fmt.Errorf("%w: %.50q", ErrNoPrompt, lang+"/"+name)
	}

	file := filepath.Join(p.dir, lang, name+".wav")
	if st, err := os.Stat(file); err != nil || !st.Mode().IsRegular() {
		return fmt.Errorf("%w: %s/%s", ErrNoPrompt, lang, name)
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.silence()
	if p.shut {
		return nil
	}

	ctx, cancel := context.WithTimeout(context.Background(), MaxLength)
	p.stop = cancel
	p.wg.Go(func() {
		defer cancel()
		args := append(append([]string(nil), p.command[1:]...), file)
		cmd := exec.CommandContext(ctx, p.command[0], args...)
		cmd.WaitDelay = time.Second
		if err := cmd.Run(); err != nil && ctx.Err() == nil {
			p.failed(fmt.Errorf("cannot play prompt %s/%s: %w", lang, name, err))
		}
	})

	return nil
}

// Silence ends the prompt that plays.
func (p *Player) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silence()
}

// silence needs p.mu.
func (p *Player) silence() {
	if p.stop != nil {
		p.stop()
		p.wg.Wait()
		p.stop = nil
	}
}

// Close ends the prompt that plays and refuses others.
func (p *Player) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	p.silence()
}
