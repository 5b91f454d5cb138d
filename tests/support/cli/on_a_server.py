"""Which tests of commands are run on a server: those about ledgers, and not about their files.

Others damage a file, copy it with what its log does not say, name it, or read it beside the
product; of SQL, each kind of place has words of its own.
"""

from __future__ import annotations

from typing import Final

MODULES: Final = frozenset(
    [
        "test_amending",
        "test_asked_closing",
        "test_asked_import",
        "test_bad_amounts",
        "test_bad_batches",
        "test_bad_ids",
        "test_bad_imports",
        "test_bad_rules",
        "test_bad_texts",
        "test_bad_times",
        "test_balances",
        "test_bank_accounts",
        "test_batch",
        "test_book",
        "test_changed_confirmations",
        "test_closing",
        "test_common_options",
        "test_corrected_books",
        "test_csv_formulas",
        "test_diff",
        "test_events_and_exchange",
        "test_export",
        "test_export_for_programs",
        "test_find",
        "test_follow",
        "test_formats",
        "test_hostile_ids",
        "test_import",
        "test_invisible_characters",
        "test_json",
        "test_keys_and_context",
        "test_lacking_money",
        "test_large_tables",
        "test_lock_hints",
        "test_migrate",
        "test_mistakes",
        "test_own_aggregates",
        "test_own_projections",
        "test_page_figures",
        "test_pager",
        "test_publish",
        "test_report",
        "test_report_names",
        "test_sample_data",
        "test_several_statements",
        "test_shown_to_people",
        "test_signals",
        "test_statement",
        "test_tags_and_receipts",
        "test_taking_back",
        "test_test_ledgers",
        "test_text_widths",
        "test_time_zone",
        "test_two_clocks",
        "test_units",
        "test_verify",
        "test_wrong_clocks",
    ]
)
"""Modules of `tests/cli` that are run on a server."""

OF_FILES: Final = {
    "test_batch": ["test_going_on_leaves_out_what_is_refused_and_tells_of_it"],
    "test_book": [
        "test_a_batch_that_makes_a_ledger_tells_it_too",
        "test_a_hint_names_the_whole_command",
        "test_a_terminal_shows_the_path_as_given_and_whole",
        "test_examples_that_correct_a_clock_work",
        "test_the_book_tells_where_the_file_is_and_what_it_holds",
        "test_the_first_open_tells_once_where_the_ledger_is",
    ],
    "test_common_options": [
        "test_common_options_stand_before_the_command_or_after_it",
        "test_quiet_leaves_out_notes_and_summaries",
    ],
    "test_diff": ["test_a_mistyped_state_is_answered_with_the_nearest"],
    "test_events_and_exchange": [
        "test_an_export_leaves_nothing_else_behind",
        "test_no_file_is_overwritten_unless_force_is_given",
    ],
    "test_export": [
        "test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for",
        "test_a_page_is_written_for_its_owner_alone_and_it_is_told_what_it_is_of",
        "test_what_cannot_be_exported_or_written_to_is_refused",
    ],
    "test_export_for_programs": ["test_without_accounts_or_entries_there_is_a_file_all_the_same"],
    "test_find": ["test_a_ledger_that_cannot_be_written_is_searched_all_the_same"],
    "test_hostile_ids": [
        "test_no_command_takes_one_from_a_file_made_by_hand",
        "test_verify_names_one",
    ],
    "test_import": ["test_a_dry_run_writes_nothing_and_its_lines_have_the_same_effect_in_a_batch"],
    "test_json": [
        "test_a_replay_says_where_a_projection_is_wrong_and_fails",
        "test_a_snapshot_of_another_fold_is_listed_as_not_usable",
    ],
    "test_migrate": [
        "test_the_way_out_of_a_refused_erasure_works_as_printed",
        "test_todays_format_is_refused_with_what_to_type",
        "test_todays_format_keeps_its_time_zone",
    ],
    "test_own_aggregates": [
        "test_verify_says_what_it_does_not_know",
        "test_without_the_class_money_goes_on_and_questions_are_answered",
    ],
    "test_publish": ["test_no_password_is_shown_or_kept"],
    "test_report": ["test_an_altered_table_is_refused_and_can_be_made_again"],
    "test_signals": [
        "test_a_busy_batch_ends_without_a_trace_however_often_it_is_told",
        "test_an_interrupt_just_as_the_input_ends_leaves_all_or_nothing",
        "test_waiting_for_a_lock_is_ended",
    ],
    "test_statement": ["test_a_balance_that_the_entries_do_not_explain_is_not_shown"],
    "test_test_ledgers": ["test_reports_on_a_terminal_say_so"],
    "test_two_clocks": [
        "test_the_same_date_is_another_moment_in_another_book_and_for_no_other_reader"
    ],
    "test_verify": [
        "test_a_changed_log_is_for_the_doctor",
        "test_csv_has_a_header_even_where_nothing_is_wrong",
        "test_findings_are_rows_and_one_error",
        "test_of_a_damaged_ledger_only_the_damage_is_told",
        "test_several_processes_can_be_asked_for",
        "test_the_table_shows_checks_totals_findings_and_the_head",
        "test_what_the_hint_says_helps",
    ],
    "test_wrong_clocks": ["test_a_write_says_what_to_look_at_and_what_to_type"],
}
"""Tests in them that are about files."""


LIVES: Final = frozenset(
    [
        "test_archived_lives",
        "test_against_the_model",
        "test_lived_books",
        "test_lived_differences",
        "test_lived_reports",
        "test_lived_statements",
        "test_lived_views",
        "test_time_travel",
        "test_typed_books",
    ]
)
"""Modules of `tests/property` that are run on a server. Of the others, those of the naive book are
about no ledger at all, `test_installed_against_the_model` compares what is in files, and journals
are made from the same answers as statements."""


def runs_on_a_server(module: str, test: str) -> bool:
    """Whether a test of the command is run on a server.

    Args:
        module: without its package.
        test: its function.
    """
    return module in MODULES and test not in OF_FILES.get(module, ())
