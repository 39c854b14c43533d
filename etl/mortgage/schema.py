"""Columns of Fannie Mae's loan files, in file order, and the 29 of them that are used.

Two layouts are in circulation. *Combined* (since 2020): one ``|``-separated file a quarter, 108 fields,
113 since 2023, months as ``MMYYYY``. *Old*: a pair of files a quarter, ``Acquisition`` (25 fields, 26 with
the quarter) and ``Performance`` (31 fields), months as ``MM/DD/YYYY``. Neither has a header or quoting.
"""

COMBINED: tuple[str, ...] = tuple(
    """
    reference_pool_id loan_id monthly_reporting_period orig_channel seller_name servicer master_servicer
    orig_interest_rate interest_rate orig_upb upb_at_issuance current_actual_upb orig_loan_term orig_date
    first_pay_date loan_age remaining_months_to_legal_maturity adj_remaining_months_to_maturity
    maturity_date orig_ltv orig_cltv num_borrowers dti borrower_credit_score coborrow_credit_score
    first_home_buyer loan_purpose property_type num_units occupancy_status property_state msa zip
    mortgage_insurance_percent product_type prepayment_penalty_indicator interest_only_loan_indicator
    interest_only_first_payment_date months_to_amortization current_loan_delinquency_status
    loan_payment_history mod_flag mortgage_insurance_cancellation_indicator zero_balance_code
    zero_balance_effective_date upb_at_the_time_of_removal repurchase_date scheduled_principal_current
    total_principal_current unscheduled_principal_current last_paid_installment_date foreclosed_after
    disposition_date foreclosure_costs prop_preservation_and_repair_costs asset_recovery_costs
    misc_holding_expenses holding_taxes net_sale_proceeds credit_enhancement_proceeds
    repurchase_make_whole_proceeds other_foreclosure_proceeds non_interest_bearing_upb
    principal_forgiveness_upb original_list_start_date original_list_price current_list_start_date
    current_list_price borrower_credit_score_at_issuance coborrower_credit_score_at_issuance
    borrower_credit_score_current coborrower_credit_score_current mortgage_insurance_type
    servicing_activity_indicator current_period_modification_loss_amount cumulative_modification_loss_amount
    current_period_credit_event_net_gain_or_loss cumulative_credit_event_net_gain_or_loss
    homeready_program_indicator foreclosure_principal_write_off_amount relocation_mortgage_indicator
    zero_balance_code_change_date loan_holdback_indicator loan_holdback_effective_date
    delinquent_accrued_interest property_valuation_method high_balance_loan_indicator
    arm_initial_fixed_rate_period_lt_5_yr_indicator arm_product_type initial_fixed_rate_period
    interest_rate_adjustment_frequency next_interest_rate_adjustment_date next_payment_change_date index
    arm_cap_structure initial_interest_rate_cap_up_percent periodic_interest_rate_cap_up_percent
    lifetime_interest_rate_cap_up_percent mortgage_margin arm_balloon_indicator arm_plan_number
    borrower_assistance_plan hltv_refinance_option_indicator deal_name repurchase_make_whole_proceeds_flag
    alternative_delinquency_resolution alternative_delinquency_resolution_count total_deferral_amount
    trailing_109 trailing_110 trailing_111 trailing_112 trailing_113
    """.split()
)
"""The combined layout: 108 fields and the five unnamed here that newer files append."""

PERFORMANCE: tuple[str, ...] = tuple(
    """
    loan_id monthly_reporting_period servicer interest_rate current_actual_upb loan_age
    remaining_months_to_legal_maturity adj_remaining_months_to_maturity maturity_date msa
    current_loan_delinquency_status mod_flag zero_balance_code zero_balance_effective_date
    last_paid_installment_date foreclosed_after disposition_date foreclosure_costs
    prop_preservation_and_repair_costs asset_recovery_costs misc_holding_expenses holding_taxes
    net_sale_proceeds credit_enhancement_proceeds repurchase_make_whole_proceeds other_foreclosure_proceeds
    non_interest_bearing_upb principal_forgiveness_upb repurchase_make_whole_proceeds_flag
    foreclosure_principal_write_off_amount servicing_activity_indicator
    """.split()
)
"""The old layout's monthly file, 31 fields."""

ACQUISITION: tuple[str, ...] = tuple(
    """
    loan_id orig_channel seller_name orig_interest_rate orig_upb orig_loan_term orig_date first_pay_date
    orig_ltv orig_cltv num_borrowers dti borrower_credit_score first_home_buyer loan_purpose property_type
    num_units occupancy_status property_state zip mortgage_insurance_percent product_type
    coborrow_credit_score mortgage_insurance_type relocation_mortgage_indicator acquisition_quarter
    """.split()
)
"""The old layout's file of loans at origination, 26 fields; the last one is absent from some copies."""

LOAN, PERIOD, STATUS, REMOVAL = (
    "loan_id",
    "monthly_reporting_period",
    "current_loan_delinquency_status",
    "zero_balance_code",
)

NUMBERS: tuple[str, ...] = tuple(
    """
    status orig_interest_rate interest_rate orig_upb current_actual_upb orig_loan_term loan_age orig_ltv
    orig_cltv num_borrowers dti borrower_credit_score num_units zip msa mortgage_insurance_percent
    """.split()
)
"""Columns kept as float32, missing as NaN; ``status`` is months of delinquency."""

CATEGORIES: tuple[str, ...] = tuple(
    """
    orig_channel seller_name first_home_buyer loan_purpose property_type occupancy_status property_state
    product_type mod_flag relocation_mortgage_indicator
    """.split()
)
"""Columns kept as categories of strings."""

HISTORY: tuple[str, ...] = ("worst_past_12", "times_past_12")
"""Features computed from a loan's own past, see `etl.mortgage.features`."""

FEATURES: tuple[str, ...] = NUMBERS + CATEGORIES + HISTORY
"""What a model sees, in this order."""

TIDY: tuple[str, ...] = (LOAN, "month", REMOVAL, *NUMBERS, *CATEGORIES)
"""Columns of the frame that `etl.mortgage.read.read` returns."""

MISSING: tuple[str, ...] = ("", "NULL", "XX", "X")
"""How the files write a value that is not known."""

DEFAULT_CODES: tuple[int, ...] = (2, 3, 9, 15)
"""Zero-balance codes of a credit event: third-party sale, short sale, deed in lieu, note sale."""

RENAMED = {STATUS: "status", PERIOD: "month"}
