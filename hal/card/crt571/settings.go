package crt571

// Settings are what a configuration can say of a reader.
type Settings struct {
	Tracks bool `toml:"tracks" help:"the reader has magnetic heads and reads stripes (newer readers; the command is CM 36)"`
}
