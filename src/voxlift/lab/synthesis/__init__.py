"""Sound to train on that belongs to nobody: songs that were never played, singers who never sang.

harmony    scales, chords, progressions          melody      phrases over them
intonation the pitch a singer makes of a melody  voice       what a vocoder hears in speech
syllables  where its vowels are                  singing     speech put on a melody
choir      doubled and harmony voices            singers     all of this drawn together
effects    what a studio does to a track
styles     what kinds of music there are         drumming, playing   what each player plays
arranging  who plays what, when                  fluid, rendering    how that sounds
duet       a singer over a song
producing  thousands of them, by seed, into a folder that trainings read
"""
