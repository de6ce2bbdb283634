"""The messages of a MIDI file in mido: 200,000 Message.   mido_messages.py [NOTES]"""

import io
import sys

import mido


def file(notes):
    midi = mido.MidiFile()
    track = mido.MidiTrack()
    midi.tracks.append(track)
    for i in range(notes):
        track.append(
            mido.Message(
                "note_on", note=30 + i % 60, velocity=40 + i % 80, channel=i % 16, time=i % 480
            )
        )
        track.append(
            mido.Message("note_off", note=30 + i % 60, velocity=0, channel=i % 16, time=24)
        )
    out = io.BytesIO()
    midi.save(file=out)
    out.seek(0)
    return out


def data(notes=100_000):
    return mido.MidiFile(file=file(notes))


if __name__ == "__main__":
    midi = data(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    print(f"{sum(len(track) for track in midi.tracks):,} messages")
