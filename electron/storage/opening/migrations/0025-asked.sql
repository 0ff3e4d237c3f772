-- What agents have asked is looked at by itself, and is little beside all that has happened.
create index activity_asked on activity (id) where kind = 'asked';
