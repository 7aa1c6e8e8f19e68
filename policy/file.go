package policy

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// pollEvery is how often a policy file is looked at. Polling sees what
// notifications miss: network file systems, and config maps whose directory is
// a link that is replaced.
const pollEvery = 500 * time.Millisecond

// File is a policy file that is read again when it changes. Its methods may be
// called concurrently.
type File struct {
	path     string
	defaults Options
	tables   string
	onError  func(error)

	policy  atomic.Pointer[Policy]
	version atomic.Uint64

	stop    func() // once
	stopped chan struct{}

	// Of the watcher alone.
	info    os.FileInfo // at the last look
	settled bool        // that look found what is judged
	seen    content
	judged  content
}

// content is the hash of what a file holds, or of why it cannot be read.
type content [sha256.Size]byte

// Open reads the policy file at path, adds tables as [Policy.WithTables] does,
// and watches the file until Close. That first time, a bad file is an error.
//
// Later a bad file, or none, leaves the policy as it was, and onError, which
// may be nil, is told once per change. It is called by the watcher, so it must
// not call Close. A change counts when two looks half a second apart have seen
// the same, so that a file half written is no policy.
func Open(path string, defaults Options, tables string, onError func(error)) (*File, error) {
	return open(path, defaults, tables, onError, pollEvery)
}

func open(path string, defaults Options, tables string, onError func(error), every time.Duration) (*File, error) {
	stopping := make(chan struct{})
	f := &File{
		path: path, defaults: defaults, tables: tables, onError: onError,
		stop:    sync.OnceFunc(func() { close(stopping) }),
		stopped: make(chan struct{}),
	}
	data, err := f.read()
	f.seen = contentOf(data, err)
	if err := f.judge(data, err); err != nil {
		return nil, err
	}
	go f.watch(every, stopping)
	return f, nil
}

// Policy returns the current policy, the last good one.
func (f *File) Policy() *Policy { return f.policy.Load() }

// Version is 1 after Open and grows with each policy read. The policy is there
// before its version: who asks for the version first and the policy then has
// that policy or a newer one.
func (f *File) Version() uint64 { return f.version.Load() }

// Close stops watching and waits until the watcher is gone; the policy stays.
// It may be called more than once.
func (f *File) Close() {
	f.stop()
	<-f.stopped
}

func (f *File) watch(every time.Duration, stopping <-chan struct{}) {
	defer close(f.stopped)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-stopping:
			return
		case <-ticker.C:
			f.look()
		}
	}
}

// look reads the file if it may have changed and judges what it has seen twice.
func (f *File) look() {
	info, err := os.Stat(f.path)
	if err == nil && f.settled && sameFile(f.info, info) {
		return
	}
	f.info = info
	data, err := f.read()
	now := contentOf(data, err)
	f.settled = now == f.judged
	if f.settled || now != f.seen {
		f.seen = now
		return
	}
	if err := f.judge(data, err); err != nil && f.onError != nil {
		f.onError(err)
	}
}

// sameFile reports whether the file at two looks is one file unchanged. A file
// written lately may be written again without its time changing.
func sameFile(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) &&
		time.Since(b.ModTime()) > 2*time.Second
}

// judge makes data the policy, or tells why not. f.seen is judged then.
func (f *File) judge(data []byte, err error) error {
	f.judged = f.seen
	if err != nil {
		return fmt.Errorf("sqldedupe: policy file: %w", err)
	}
	p, err := parse(data, f.defaults, f.path)
	if err != nil {
		return err
	}
	if p, err = p.WithTables(f.tables); err != nil {
		return err
	}
	f.policy.Store(p)
	f.version.Add(1)
	return nil
}

// read returns at most one byte more than a policy file may have.
func (f *File) read() ([]byte, error) {
	// Opening a pipe would wait for a writer, and Close for us.
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", f.path)
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

func contentOf(data []byte, err error) content {
	if err != nil {
		return sha256.Sum256([]byte("error: " + err.Error()))
	}
	return sha256.Sum256(bytes.Join([][]byte{[]byte("data: "), data}, nil))
}
