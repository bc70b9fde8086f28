CREATE TABLE airlines (carrier varchar(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE airports (
  faa varchar(3) PRIMARY KEY, name text NOT NULL, lat double precision NOT NULL,
  lon double precision NOT NULL, alt int NOT NULL, tz int NOT NULL, dst varchar(1) NOT NULL,
  tzone text
);
CREATE TABLE planes (
  tailnum varchar(6) PRIMARY KEY, year smallint, type text NOT NULL, manufacturer text NOT NULL,
  model text NOT NULL, engines int NOT NULL, seats int NOT NULL, speed int, engine text NOT NULL
);
CREATE TABLE weather (
  origin varchar(3) NOT NULL REFERENCES airports, year int NOT NULL, month int NOT NULL,
  day int NOT NULL, hour int NOT NULL, temp double precision, dewp double precision,
  humid double precision, wind_dir double precision, wind_speed double precision,
  wind_gust double precision, precip double precision, pressure double precision,
  visib double precision, time_hour timestamptz NOT NULL, PRIMARY KEY (origin, time_hour)
);
CREATE TABLE flights (
  year int NOT NULL, month int NOT NULL, day int NOT NULL, dep_time int,
  sched_dep_time int NOT NULL, dep_delay int, arr_time int, sched_arr_time int NOT NULL,
  arr_delay int, carrier varchar(2) NOT NULL REFERENCES airlines, flight int NOT NULL,
  tailnum varchar(6), origin varchar(3) REFERENCES airports, dest varchar(3), air_time int,
  distance int NOT NULL, hour int NOT NULL, minute int NOT NULL, time_hour timestamptz NOT NULL
);
