-- The functions of `ledger sql` that look into the past. Their rows are made by ledger itself, which
-- puts them into settings of the transaction in which it runs the query (see query_functions.py).

CREATE TYPE held_then AS (
    account       text COLLATE "C",
    balance       text COLLATE "C",
    currency      text COLLATE "C",
    version       bigint,
    balance_minor bigint,
    decimals      bigint
);

CREATE TYPE entry_then AS (
    date          text COLLATE "C",
    account       text COLLATE "C",
    version       bigint,
    kind          text COLLATE "C",
    amount        text COLLATE "C",
    balance       text COLLATE "C",
    currency      text COLLATE "C",
    counterparty  text COLLATE "C",
    description   text COLLATE "C",
    tags          text COLLATE "C",
    receipts      text COLLATE "C",
    actor         text COLLATE "C",
    reversed      bigint,
    reverses      bigint,
    reversed_by   bigint,
    effective_at  text COLLATE "C",
    recorded_at   text COLLATE "C",
    amount_minor  bigint,
    balance_minor bigint,
    decimals      bigint,
    backdated     bigint,
    erased        bigint,
    position      bigint
);

-- What ledger has made of the arguments of a call, in parts; what it has not made yet, it is told.
CREATE FUNCTION made_for(text, text, text) RETURNS SETOF json LANGUAGE plpgsql AS $$
DECLARE
    asked text := json_build_array($1, $2, $3);
    setting text := 'ledger.call_' || left(encode(sha256(convert_to(asked, 'UTF8')), 'hex'), 32);
    parts integer := nullif(current_setting(setting, true), '');
BEGIN
    IF parts IS NULL AND current_setting('ledger.asking', true) = 'on' THEN
        RAISE INFO USING MESSAGE = asked, DETAIL = setting;
        PERFORM set_config(setting, '0', true); -- once is enough; this run is undone
    ELSIF parts IS NULL THEN
        RAISE EXCEPTION '%() is answered by the command `ledger sql` alone', $1
            USING ERRCODE = 'LG001';
    ELSIF parts < 0 THEN
        RAISE EXCEPTION USING MESSAGE = asked, DETAIL = setting, ERRCODE = 'LG002';
    END IF;
    FOR part IN 1..coalesce(parts, 0) LOOP
        RETURN NEXT current_setting(setting || '_' || part)::json;
    END LOOP;
END
$$;

CREATE FUNCTION balances(as_of text = NULL, known_at text = NULL) RETURNS SETOF held_then
LANGUAGE sql AS $$
    SELECT made.*
    FROM made_for('balances', $1, $2) AS part, json_populate_recordset(NULL::held_then, part) AS made
$$;

CREATE FUNCTION entries_at(as_of text = NULL, known_at text = NULL) RETURNS SETOF entry_then
LANGUAGE sql AS $$
    SELECT made.*
    FROM made_for('entries_at', $1, $2) AS part,
        json_populate_recordset(NULL::entry_then, part) AS made
$$;
